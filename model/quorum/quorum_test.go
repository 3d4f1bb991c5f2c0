package quorum_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"
	"sync"
	"testing"

	"trustdeck/model"
	"trustdeck/model/quorum"
)

// spki is the encoding of a public key.
func spki(public crypto.PublicKey, err error) []byte {
	if err == nil {
		var der []byte
		if der, err = x509.MarshalPKIXPublicKey(public); err == nil {
			return der
		}
	}
	panic(err)
}

func ecdsaKey(curve elliptic.Curve) []byte {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	return spki(key.Public(), err)
}

func rsaKey(bits int) []byte {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	return spki(key.Public(), err)
}

func ed25519Key() []byte {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	return spki(public, err)
}

// mldsaKey is the frame of an ML-DSA key; what is in it is not read.
func mldsaKey(set int) []byte {
	var key struct {
		Algorithm struct{ OID asn1.ObjectIdentifier }
		Public    asn1.BitString
	}
	key.Algorithm.OID, key.Public = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 3, set}, asn1.BitString{Bytes: []byte{1}, BitLength: 8}
	der, err := asn1.Marshal(key)
	if err != nil {
		panic(err)
	}
	return der
}

// ranked are keys of different strength, weakest first.
var ranked = sync.OnceValue(func() []model.Key {
	return []model.Key{
		{Algorithm: "something new", SPKI: []byte("no DER")},
		{Algorithm: "RSA 1024", SPKI: rsaKey(1024)},
		{Algorithm: "RSA 2048", SPKI: rsaKey(2048)},
		{Algorithm: "ECDSA P-224", SPKI: ecdsaKey(elliptic.P224())},
		{Algorithm: "RSA 3072", SPKI: rsaKey(3072)},
		{Algorithm: "ECDSA P-256", SPKI: ecdsaKey(elliptic.P256())},
		{Algorithm: "Ed25519", SPKI: ed25519Key()},
		{Algorithm: "ML-DSA-44", SPKI: mldsaKey(17)},
		{Algorithm: "ECDSA P-384", SPKI: ecdsaKey(elliptic.P384())},
		{Algorithm: "ML-DSA-65", SPKI: mldsaKey(18)},
		{Algorithm: "ECDSA P-521", SPKI: ecdsaKey(elliptic.P521())},
		{Algorithm: "ML-DSA-87", SPKI: mldsaKey(19)},
	}
})

// a world is a repository that is being put together.
type world struct {
	model.Repository
	known quorum.Known
}

func newWorld() *world {
	return &world{known: quorum.Known{Holders: map[string]string{}, Organisations: map[string]string{}}}
}

// key adds a key with an ID of its own; like is the ranked one that it is of the kind of.
func (w *world) key(id model.KeyID, like model.Key) {
	like.ID, like.ListedAs = id, []model.KeyID{id}
	w.Keys = append(w.Keys, like)
}

// keys adds keys that differ from one another; holders are their holders, "" for unknown.
func (w *world) keys(holders ...string) []model.KeyID {
	var ids []model.KeyID
	for _, holder := range holders {
		id := model.KeyID("k" + string(rune('a'+len(w.Keys))))
		w.key(id, model.Key{Algorithm: "ECDSA P-256", SPKI: []byte("key " + id)})
		if holder != "" {
			w.known.Holders[string(id)] = holder
		}
		ids = append(ids, id)
	}
	return ids
}

func edge(threshold int64, keys ...model.KeyID) model.Delegation {
	return model.Delegation{From: "root", KeyIDs: keys, Threshold: threshold}
}

// examine asks about a role with these edges.
func (w *world) examine(edges ...model.Delegation) quorum.Role {
	role := model.Role{Name: "root", Parents: edges}
	if len(edges) > 0 {
		role.Keys = edges[0].KeyIDs
	}
	w.Roles = append([]model.Role{role}, w.Roles...)
	return quorum.Examine(&w.Repository, w.known)[0]
}

func names(c quorum.Coalition) string {
	var out []string
	for _, m := range c.Members {
		if m.Name == "" {
			out = append(out, "?")
			continue
		}
		out = append(out, m.Name)
	}
	return strings.Join(out, " ")
}

func TestExamine(t *testing.T) {
	for _, test := range []struct {
		name    string
		holders string
		need    int64
		// coalition and bounds of holders, whether one is enough, how many keys to spare
		coalition   string
		least, most int
		one         quorum.Answer
		spare       int
	}{
		{"one key", "alice", 1, "alice", 1, 1, quorum.Yes, 0},
		{"any of three", "alice bob carol", 1, "alice", 1, 1, quorum.Yes, 2},
		{"three of five", "alice bob carol dave erin", 3, "alice bob carol", 3, 3, quorum.No, 2},
		{"one with three keys of five", "alice bob bob bob carol", 3, "bob", 1, 1, quorum.Yes, 2},
		{"one with two keys", "alice bob bob carol", 3, "alice bob", 2, 2, quorum.No, 1},
		{"nobody is known", "? ? ?", 2, "? ?", 1, 2, quorum.Perhaps, 1},
		{"one is not known", "alice bob ?", 2, "alice bob", 1, 2, quorum.Perhaps, 1},
		{"known ones are enough", "alice alice ?", 2, "alice", 1, 1, quorum.Yes, 1},
		{"unknown ones cannot do it alone", "alice bob carol ?", 3, "alice bob carol", 2, 3, quorum.No, 1},
		{"all of three", "alice bob carol", 3, "alice bob carol", 3, 3, quorum.No, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			got := w.examine(edge(test.need, w.keys(strings.Split(strings.ReplaceAll(test.holders, "?", ""), " ")...)...))
			c := got.Holders
			if names(c) != test.coalition || c.Least != test.least || c.Most != test.most || c.One() != test.one || got.Spare != test.spare {
				t.Errorf("%s, %d to %d, one %s, %d to spare", names(c), c.Least, c.Most, c.One(), got.Spare)
			}
			if (len(got.Indispensable()) == 0) != (test.spare > 0) {
				t.Errorf("%d keys are indispensable", len(got.Indispensable()))
			}
		})
	}
}

// Whoever has most keys of one group may be worth nothing in the other, so taking those
// with most keys is not exact.
func TestTwoGroups(t *testing.T) {
	w := newWorld()
	k := w.keys("alice", "alice", "bob", "bob", "carol", "carol", "dave", "dave")
	old := edge(2, k[0], k[1], k[4], k[6])
	next := edge(2, k[2], k[3], k[5], k[7])
	got := w.examine(old, next)
	// alice has all of the old group and bob all of the new one; carol and dave have one
	// key in each.
	if got.Holders.Least != 2 || got.Holders.Most != 2 || len(got.Groups) != 2 {
		t.Errorf("%+v", got.Holders)
	}
	if got.Spare != 2 {
		t.Errorf("%d to spare", got.Spare)
	}
	k = w.keys("erin", "erin")
	if got := w.examine(edge(2, old.KeyIDs[0], k[0], old.KeyIDs[2]), edge(1, k[1], next.KeyIDs[0])); names(got.Holders) != "alice erin" {
		t.Errorf("%s", names(got.Holders))
	}
}

// Equal groups of two delegators are one.
func TestEqualGroups(t *testing.T) {
	w := newWorld()
	k := w.keys("alice", "bob")
	other := edge(1, k[1], k[0])
	other.From = "targets"
	got := w.examine(edge(1, k...), other)
	if len(got.Groups) != 1 || !slices.Equal(got.Groups[0].From, []model.RoleName{"root", "targets"}) {
		t.Errorf("%+v", got.Groups)
	}
}

func TestUnreachable(t *testing.T) {
	w := newWorld()
	k := w.keys("alice", "bob")
	w.key("odd", model.Key{Algorithm: "sphincs"})
	w.key("ka2", model.Key{SPKI: []byte("key ka")})
	for why, edges := range map[string][]model.Delegation{
		"no readable file":              nil,
		"requires no signature":         {edge(0, k...)},
		"3 keys but lists 2 usable":     {edge(3, k...)},
		"2 keys but lists 1 usable key": {edge(2, k[0], "odd", "missing")},
		"some under several IDs":        {edge(2, k[0], "ka2")},
		"9223372036854775807":           {edge(1<<63-1, k...)},
	} {
		got := w.examine(edges...)
		if why == "9223372036854775807" {
			why = "1073741824 keys"
		}
		if !strings.Contains(got.Unreachable, why) || got.Holders.One() != quorum.No || got.MayLose() || len(got.SparePairs()) > 0 {
			t.Errorf("%q: %+v", why, got)
		}
	}
	got := w.examine(edge(1, k[0], "odd", "missing", "ka2"))
	if !slices.Equal(got.Unusable, []model.KeyID{"missing", "odd"}) || len(got.Keys) != 1 || len(got.Repeated) != 1 || len(got.Keys[0].IDs) != 2 {
		t.Errorf("%+v", got)
	}
}

// Where one key is listed twice, a client that counts IDs needs fewer holders.
func TestRepeatedKeys(t *testing.T) {
	w := newWorld()
	k := w.keys("alice", "bob")
	w.key("ka2", model.Key{SPKI: []byte("key ka")})
	got := w.examine(edge(2, k[0], "ka2", k[1]))
	if names(got.Holders) != "alice bob" || got.Holders.Least != 1 || got.Holders.Most != 2 || got.Holders.One() != quorum.Perhaps {
		t.Errorf("%+v", got.Holders)
	}
}

func TestOrganisations(t *testing.T) {
	w := newWorld()
	w.known.Organisations = map[string]string{"alice": "Acme", "bob": "Acme", "carol": "Beta"}
	k := w.keys("alice", "bob", "carol", "dave")
	got := w.examine(edge(2, k[0], k[1], k[2]))
	if names(got.Organisations) != "Acme" || got.Organisations.One() != quorum.Yes || got.Holders.One() != quorum.No {
		t.Errorf("%+v", got.Organisations)
	}
	got = w.examine(edge(2, k[0], k[2], k[3]))
	if c := got.Organisations; names(c) != "Acme Beta" || c.One() != quorum.Perhaps || len(c.Unknown) != 1 {
		t.Errorf("%+v", c)
	}
}

// Each source of a holder counts before the next.
func TestWhoHoldsAKey(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(w *world)
		kind  quorum.HolderKind
		want  string
	}{
		{"nothing is known", func(*world) {}, quorum.HolderUnknown, "unknown"},
		{"a signer", func(w *world) { w.signer("alice") }, quorum.HolderNamed, "alice"},
		{"two signers with one key", func(w *world) { w.signer("alice"); w.signer("bob") }, quorum.HolderUnknown, "unknown"},
		{"the key of a signer that is a top-level key too", func(w *world) {
			w.signer("alice")
			w.Roles = append(w.Roles, model.Role{Name: model.RoleTargets, Keys: []model.KeyID{"ka"}})
		}, quorum.HolderUnknown, "unknown"},
		{"a signer of several people", func(w *world) {
			w.signer("team")
			w.Roles[0].Threshold = 2
		}, quorum.HolderUnknown, "unknown"},
		{"a server before a signer", func(w *world) {
			w.signer("alice")
			w.Roles = append(w.Roles, model.Role{Name: "targets/auto", Online: true, Keys: []model.KeyID{"ka"}})
		}, quorum.HolderServer, "server"},
		{"a service that signs by itself", func(w *world) {
			w.signer("alice")
			w.Keys[0].Online = true
		}, quorum.HolderServer, "server"},
		{"a role of a server in which another key is said to be online", func(w *world) {
			w.key("kb", model.Key{SPKI: []byte("b"), Online: true})
			w.Roles = append(w.Roles, model.Role{Name: "snapshot", Online: true, Keys: []model.KeyID{"ka", "kb"}})
		}, quorum.HolderUnknown, "unknown"},
		{"this machine before a server", func(w *world) {
			w.Roles = append(w.Roles, model.Role{Name: "timestamp", Online: true, Keys: []model.KeyID{"ka"}})
			w.known.Here = []model.KeyID{"ka"}
		}, quorum.HolderHere, "you"},
		{"the settings before this machine", func(w *world) {
			w.known.Here = []model.KeyID{"ka"}
			w.known.Holders["ka"] = "alice"
		}, quorum.HolderNamed, "alice"},
		{"the settings name the server", func(w *world) { w.known.Holders["ka"] = "server" }, quorum.HolderServer, "server"},
		{"the settings name this machine", func(w *world) { w.known.Holders["ka"] = "you" }, quorum.HolderHere, "you"},
		{"by fingerprint", func(w *world) { w.known.Holders[w.Keys[0].Fingerprint()] = "alice" }, quorum.HolderNamed, "alice"},
		{"by certificate", func(w *world) {
			w.Keys[0].ListedAs = []model.KeyID{"cert"}
			w.known.Holders["cert"] = "alice"
		}, quorum.HolderNamed, "alice"},
		{"the metadata before the settings", func(w *world) {
			w.Keys[0].Holder = "@alice"
			w.known.Holders["ka"] = "bob"
		}, quorum.HolderNamed, "@alice"},
		{"metadata that names two", func(w *world) {
			w.Keys[0].Holder = "alice"
			w.key("kb", model.Key{SPKI: w.Keys[0].SPKI, Holder: "bob"})
		}, quorum.HolderUnknown, "unknown"},
		{"a name that looks like the server", func(w *world) { w.Keys[0].Holder = "server" }, quorum.HolderNamed, "server"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld()
			w.keys("")
			w.known.Organisations = map[string]string{"server": "Hub", "alice": "Acme"}
			test.spoil(w)
			w.Roles = append(w.Roles, model.Role{Name: "targets/x", Parents: []model.Delegation{edge(1, w.Keys[0].ListedAs[0])}})
			all := quorum.Examine(&w.Repository, w.known)
			k := all[len(all)-1].Keys[0]
			if k.Holder.Kind != test.kind || k.Holder.String() != test.want {
				t.Errorf("%s %s", k.Holder.Kind, k.Holder)
			}
			if want := map[quorum.HolderKind]string{quorum.HolderServer: "Hub"}[test.kind]; test.want == "server" && k.Organisation != want {
				t.Errorf("the organisation is %q, want %q", k.Organisation, want)
			}
		})
	}
}

// signer makes the first key that of a signer.
func (w *world) signer(name string) {
	w.Signers = append(w.Signers, model.Signer{Name: name, Role: model.RoleName("targets/" + name), Keys: []model.KeyID{"ka"}})
	w.Roles = append(w.Roles, model.Role{Name: model.RoleName("targets/" + name), Threshold: 1, Keys: []model.KeyID{"ka"}})
}

// Every algorithm is stronger than those before it.
func TestAlgorithms(t *testing.T) {
	w := newWorld()
	for i, k := range ranked() {
		w.key(model.KeyID('a'+rune(i)), k)
	}
	var last quorum.Algorithm
	for i := range ranked() {
		got := w.examine(edge(1, model.KeyID('a'+rune(i)))).Weakest
		if i > 0 && (last.Compare(got) >= 0 || got.Compare(last) <= 0) {
			t.Errorf("%+v is not weaker than %+v", last, got)
		}
		if got.Compare(got) != 0 || got.Name != ranked()[i].Algorithm {
			t.Errorf("%+v", got)
		}
		last = got
	}
}

// A signature is no stronger than its hash.
func TestHashes(t *testing.T) {
	for method, bits := range map[string]int{
		"ecdsa": 192, "ecdsa-sha2-nistp384": 192, "ecdsa-sha2-nistp256": 128, "rsassa-pss-sha256": 128, "x-sha-1": 63, "y_sha512": 192, "z-sha224": 112,
	} {
		w := newWorld()
		w.key("a", ranked()[8])
		w.Roles = []model.Role{{Name: "targets", Signatures: []model.Signature{
			{Key: "a", KeyID: "a", Method: method, State: model.SignatureValid},
			{Key: "a", KeyID: "a", Method: "x-sha1", State: model.SignatureInvalid},
		}}}
		if got := w.examine(edge(1, "a")).Weakest; got.Bits != bits {
			t.Errorf("%s: %+v", method, got)
		}
	}
}

// The weakest algorithm is that of a key that takes part: dave's key is not needed by the
// smallest coalition.
func TestWeakestThatTakesPart(t *testing.T) {
	w := newWorld()
	w.key("a1", ranked()[8])
	w.key("a2", ranked()[5])
	w.key("d", ranked()[1])
	w.known.Holders = map[string]string{"a1": "alice", "a2": "alice", "d": "dave"}
	got := w.examine(edge(2, "a1", "a2", "d"))
	if got.Weakest.Name != "ECDSA P-256" || len(got.WeakestKeys) != 1 || got.WeakestKeys[0].ID() != "a2" {
		t.Errorf("%+v", got.Weakest)
	}
	if got := w.examine(edge(1, "a1", "a2", "d")); got.Weakest.Name != "RSA 1024" {
		t.Errorf("%+v", got.Weakest)
	}
}

// A key whose signature could not count does not count.
func TestBadKey(t *testing.T) {
	w := newWorld()
	k := w.keys("alice", "bob")
	w.Roles = []model.Role{{Name: "targets", Signatures: []model.Signature{{KeyID: k[0], State: model.SignatureBadKey}}}}
	if got := w.examine(edge(1, k...)); names(got.Holders) != "bob" || !slices.Equal(got.Unusable, k[:1]) {
		t.Errorf("%+v", got)
	}
}

// Who has a key is what the metadata says, else what the settings say of it.
func TestStated(t *testing.T) {
	known := quorum.Known{Holders: map[string]string{"a": "Ann", "listed": "Ben", "you": quorum.NameHere, "server": quorum.NameServer, "two": "Ann", "other": "Ben"}}
	for want, key := range map[quorum.Holder]model.Key{
		{Kind: quorum.HolderNamed, Name: "@ann"}: {ID: "a", Holder: "@ann", Online: true},
		{Kind: quorum.HolderNamed, Name: "Ann"}:  {ID: "a", Online: true},
		{Kind: quorum.HolderNamed, Name: "Ben"}:  {ID: "b", ListedAs: []model.KeyID{"listed"}},
		{Kind: quorum.HolderHere}:                {ID: "you"},
		{Kind: quorum.HolderServer}:              {ID: "c", Online: true},
		{}:                                       {ID: "two", ListedAs: []model.KeyID{"other"}, Online: true},
	} {
		if got := known.Stated(&key); got != want {
			t.Errorf("%s: %+v, want %+v", key.ID, got, want)
		}
	}
}
