package plan

import (
	"fmt"
	"slices"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
)

// Request is what is asked of one repository.
type Request struct {
	// Dialect is that of the repository.
	Dialect dialect.Writable
	GUN     model.GUN
	// Repository as it was read and verified just now; nil where there is none.
	Repository *model.Repository
	Changes    []model.Change
	// Former are earlier roots, the last one first, where the change lets their keys
	// sign too.
	Former [][]byte
	// ClientSnapshot is true where it is known that the snapshot is signed by a client,
	// whether or not its key is here.
	ClientSnapshot bool
	// Keep says of keys of this machine, by their canonical IDs, why they must not be
	// removed from it. A key that is not in it may be.
	Keep map[model.KeyID]string
	// Leftovers are the newest files that the server still has of delegations that the
	// repository does not name, and that the changes do: see Named. Nothing vouches for
	// them.
	Leftovers map[model.RoleName][]byte
}

// Plan is what some changes would do, repository by repository.
type Plan struct {
	// Planned is when it was compiled.
	Planned time.Time `json:"planned"`
	Parts   []Part    `json:"parts"`

	digest string
}

// Part is what happens to one repository.
type Part struct {
	GUN     model.GUN      `json:"gun"`
	Changes []model.Change `json:"-"`
	// Base are the files that the part was computed from.
	Base []BaseFile `json:"base"`
	// NewKeys lists the keys that must be there before anything is signed, and
	// whose public halves are not known yet.
	NewKeys []NewKey `json:"make"`
	// Summary is what changes, role by role. It is empty where nothing does.
	Summary []RoleSummary `json:"summary"`
	// Quorums is what it takes to publish the roles whose delegation or threshold was asked
	// to change.
	Quorums []QuorumChange `json:"quorums,omitempty"`
	// Grants are the keys that get power by it.
	Grants []Grant `json:"grants,omitempty"`
	// Rewrites in the order in which they are signed.
	Rewrites []Rewrite `json:"rewrites"`
	// OwnSnapshot is true where the snapshot is signed here and not by the
	// server.
	OwnSnapshot bool `json:"ownSnapshot"`
	// Settled is what happens to delegations that the changes touch, and whose
	// published file cannot stay as it is.
	Settled []Settlement `json:"settled,omitempty"`
	// Pending are delegations that clients will not accept once the part is applied.
	Pending []Pending `json:"pending,omitempty"`
	// Retire are keys that sign nothing of the repository any more. They are removed
	// from the machine that applies the plan once the part is proved, where nothing
	// keeps them: see Removed.
	Retire []Key  `json:"retire,omitempty"`
	Impact Impact `json:"impact"`
	// Cautions are the clients that will not read what is written. Impact warns of them.
	Cautions []dialect.Caution `json:"cautions,omitempty"`
	Verdict  Verdict           `json:"verdict"`
	// Here are the private keys of this machine that the part is about, and Served the
	// server's own files. What is said of places, and of what the server signs, follows
	// from them.
	Here   []KeyHere `json:"here"`
	Served []Served  `json:"served"`
	// Local is what it comes to on this machine alone. It is in no plan file.
	Local Local `json:"-"`
}

// Local is what a part comes to on this machine alone, for whoever reviews it here.
type Local struct {
	// Warnings, Irreversible and Others as in Impact.
	Warnings, Irreversible, Others []string
	// Paths are the files of private keys of this machine among Part.Grants.
	Paths map[model.KeyID]string
	// keep are keys of Retire that stay.
	keep []model.KeyID
}

// Removed are the keys that are removed from this machine once the part is proved.
func (p *Part) Removed() []Key {
	return slices.DeleteFunc(slices.Clone(p.Retire), func(k Key) bool {
		return k.Place != PlaceHere || slices.Contains(p.Local.keep, k.ID)
	})
}

// Pending is a delegation that clients will not accept until others have signed it, or it
// is mended otherwise.
type Pending struct {
	Role model.RoleName `json:"role"`
	// Quorum is who must sign it.
	Quorum Quorum `json:"need"`
	// Before is true where clients do not accept it now either, and the part does not
	// touch it. Problem says why they do not.
	Before  bool   `json:"before,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// BaseFile is a file that a plan was computed from. The plan is stale once the
// repository has another one.
type BaseFile struct {
	Role    model.RoleName `json:"role"`
	Version int64          `json:"version"`
	// SHA256 in hexadecimal.
	SHA256 string `json:"sha256"`
}

// Place says where the private half of a key is.
type Place string

// The places.
const (
	// PlaceHere is this machine: a file, or a token that is plugged in.
	PlaceHere Place = "here"
	// PlaceServer is the server.
	PlaceServer Place = "server"
	// PlaceUnknown is somewhere else, or nowhere.
	PlaceUnknown Place = "unknown"
)

// NewKey is a key whose public half is learned when the plan is executed.
type NewKey struct {
	// Symbol names the key until then.
	Symbol model.KeyID    `json:"symbol"`
	Role   model.RoleName `json:"role"`
	// Source is KeyNew, KeyServer or KeyHere.
	Source model.KeySource `json:"source"`
	// ID is the canonical ID where Source is KeyHere.
	ID model.KeyID `json:"id,omitempty"`
	// Certificate is true where the key is listed under a certificate: a root
	// key. Given is that certificate where somebody has issued it; otherwise
	// one is made.
	Certificate bool   `json:"certificate"`
	Given       []byte `json:"given,omitempty"`
	// Algorithm is as in model.KeyChoice.
	Algorithm model.Algorithm `json:"algorithm,omitempty"`
	// Fresh is true where the server must make a key, though it has one already.
	Fresh bool `json:"fresh,omitempty"`
	// Name is the key for people: "new targets key".
	Name string `json:"name"`
}

// Signer says who writes a file.
type Signer string

// The signers of a rewrite.
const (
	// SignedHere: keys of administrators must sign.
	SignedHere Signer = "here"
	// SignedByServer: the server makes the file by itself, with the publish.
	SignedByServer Signer = "server"
	// SignedByRobot: a robot makes the file the next time it runs. Until then clients get what
	// was published before.
	SignedByRobot Signer = "robot"
)

// Rewrite is a new version of a file.
type Rewrite struct {
	Role model.RoleName `json:"role"`
	// From is 0 where there is no file yet.
	From int64 `json:"from"`
	To   int64 `json:"to"`
	// ExpiresBefore is zero where there is no file yet.
	ExpiresBefore time.Time `json:"expiresBefore,omitzero"`
	// ExpiresAfter counts from the moment at which the plan was compiled;
	// executing it later gives a later one. Lifetime is what is planned.
	ExpiresAfter time.Time     `json:"expiresAfter"`
	Lifetime     time.Duration `json:"lifetime"`
	Signer       Signer        `json:"signer"`
	// Why says whether it was asked for, or which other file makes it
	// necessary.
	Why []string `json:"why"`
	// Diff says in words what the new version says that the old one does not.
	Diff []string `json:"diff"`
	// Needs are the groups of keys that must sign; none for files of a server or robot.
	Needs []Quorum `json:"needs,omitempty"`
}

// Quorum is a group of keys of which so many must sign a rewrite.
type Quorum struct {
	// GrantedBy is where the group is named: "root 4".
	GrantedBy string `json:"authority"`
	Threshold int    `json:"threshold"`
	Keys      []Key  `json:"keys"`
	// Optional is true where those that are here sign, and nobody waits for the
	// others: keys of earlier roots.
	Optional bool `json:"optional,omitempty"`
	// Bridges is true of an optional one that only spares clients that read the repository while
	// it is being published: the file does without it where a key cannot be opened.
	Bridges bool `json:"bridges,omitempty"`
}

// Key is a key that may sign a rewrite.
type Key struct {
	// Listed is the ID in the metadata, or the symbol of a key to be made.
	Listed model.KeyID `json:"listed"`
	// ID is the canonical ID; empty for a key to be made.
	ID    model.KeyID `json:"id,omitempty"`
	Place Place       `json:"place"`
	// Sign is true where this plan lets it sign, and Signed where it has signed the file
	// before, which is countersigned.
	Sign   bool `json:"sign"`
	Signed bool `json:"signed,omitempty"`
	// Name is the key for people.
	Name string `json:"name"`
	// Token is the one that has it; empty where it is a file, or not here.
	Token string `json:"token,omitempty"`
}

// Impact is what others will see once the plan is done.
type Impact struct {
	// Fresh clients know nothing of the repository, Current ones have what is
	// published now, Outdated ones something older.
	Fresh    string `json:"fresh"`
	Current  string `json:"current"`
	Outdated string `json:"outdated"`
	// Pull is what docker pull with content trust will do.
	Pull string `json:"pull"`
	// Others lists what administrators with other clients must know.
	Others []string `json:"others,omitempty"`
	// Warnings are for whoever reviews the plan.
	Warnings []string `json:"warnings,omitempty"`
	// Irreversible lists what cannot be undone.
	Irreversible []string `json:"irreversible,omitempty"`
	// Gained and Lost are tags that docker pull will find and no longer find, and Replaced
	// those that it will find with other contents.
	Gained   []string `json:"gained,omitempty"`
	Lost     []string `json:"lost,omitempty"`
	Replaced []string `json:"replaced,omitempty"`
	// Pulls are what clients find under each name that the plan adds to a role or removes
	// from one, sorted by name.
	Pulls []PullChange `json:"pulls,omitempty"`
}

// PullChange is what clients find under a name, now and afterwards; nil is nothing.
type PullChange struct {
	Name   string      `json:"name"`
	Before *PullResult `json:"before,omitempty"`
	After  *PullResult `json:"after,omitempty"`
}

// PullResult is the target that clients find.
type PullResult struct {
	// Role lists it.
	Role model.RoleName `json:"role"`
	// Digest is the name of a hash, a colon and the hash in hexadecimal.
	Digest string `json:"digest"`
	Length int64  `json:"length"`
	// MediaType is as in model.AddTarget; empty for what is found now.
	MediaType string `json:"mediaType,omitempty"`
}

// State is how far a plan can go.
type State string

// The states.
const (
	// Ready: every key that must sign is present.
	Ready State = "ready"
	// Waiting: keys that are somewhere else must sign too.
	Waiting State = "waiting"
	// Impossible: there are not enough keys to sign it with.
	Impossible State = "impossible"
	// Nothing: the repository is already as was asked.
	Nothing State = "nothing"
)

// Verdict says whether a part can be executed here.
type Verdict struct {
	State State `json:"state"`
	// Text is one sentence.
	Text string `json:"text"`
}

// Verdict is the worst of the parts; a plan of which nothing remains to be done
// says so.
func (p *Plan) Verdict() Verdict {
	order := []State{Impossible, Waiting, Ready, Nothing}
	for _, state := range order {
		for _, part := range p.Parts {
			if part.Verdict.State != state {
				continue
			}
			v := part.Verdict
			if len(p.Parts) > 1 && state != Ready {
				v.Text = fmt.Sprintf("%s: %s", part.GUN, v.Text)
			}
			return v
		}
	}
	return Verdict{Nothing, "no change is requested"}
}

// Digest identifies what is planned, in hexadecimal: everything that the plan says of
// the changes, the files that it was computed from, those that it writes, who signs
// them, what is pending, which keys retire, and what others will see. Where keys are
// kept and when the plan was compiled are no part of it, and neither is what follows
// from that alone, as a warning that something has expired meanwhile: a plan that is
// applied elsewhere or later is the same plan.
func (p *Plan) Digest() string { return p.digest }
