package model

// PublicKey is a public key as metadata lists it.
type PublicKey struct {
	// ID under which metadata lists the key.
	ID   KeyID   `json:"id"`
	Type KeyType `json:"type"`
	// Public is what keyval.public decodes to: DER, PEM or raw bytes by type.
	Public []byte `json:"public"`
}

// KeySource says where a key comes from that a change lists.
type KeySource string

// The sources.
const (
	// KeyGiven is a public key that somebody handed over; its private half is
	// that person's affair.
	KeyGiven KeySource = "given"
	// KeyHere is a private key on this machine, named by its ID. Its public
	// half is known once it is unlocked.
	KeyHere KeySource = "here"
	// KeyNew is made on this machine when the plan is executed.
	KeyNew KeySource = "new"
	// KeyServer is held by the server, which is asked for it when the plan is
	// executed.
	KeyServer KeySource = "server"
)

// KeyChoice says which key a change shall list for a role. Until the change is
// executed a key may have no ID: it is then named by its role.
type KeyChoice struct {
	Source KeySource `json:"source"`
	// Public is the key where Source is KeyGiven.
	Public PublicKey `json:"public,omitzero"`
	// ID is the canonical ID where Source is KeyHere.
	ID KeyID `json:"id,omitempty"`
	// Certificate lists a key of this machine under a certificate that
	// somebody else has issued, in PEM form. Without one, a root key is listed
	// under a certificate of its own.
	Certificate []byte `json:"certificate,omitempty"`
}

// Change is one thing that an administrator asks of a repository. The set is
// closed: the types of this file.
type Change interface {
	// Kind names the change in files and logs.
	Kind() string
}

// RoleKeys says who shall sign a role.
type RoleKeys struct {
	Keys []KeyChoice `json:"keys"`
	// Threshold is how many of them must have signed.
	Threshold int `json:"threshold"`
}

// InitRepository makes trust data for a repository that has none. The timestamp
// is always signed by the server.
type InitRepository struct {
	Root     RoleKeys `json:"root"`
	Targets  RoleKeys `json:"targets"`
	Snapshot RoleKeys `json:"snapshot"`
}

// Kind returns "init".
func (InitRepository) Kind() string { return "init" }

// AddSigner lets somebody sign tags, as docker trust signer add does: with the
// delegation targets/NAME, and with targets/releases, which holds what docker
// pull accepts.
type AddSigner struct {
	Name string `json:"name"`
	// Keys are the public keys of the signer, of which any one suffices.
	Keys []PublicKey `json:"keys"`
}

// Kind returns "signer-add".
func (AddSigner) Kind() string { return "signer-add" }
