package sequences

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"trustdeck/e2e/peer"
)

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// A world is a repository on a server, and those who change it: the administrator, who has
// the keys of root and targets and uses all three clients in one folder, and signers, whose
// keys are in that folder too or in one of their own.
type world struct {
	desk
	server *peer.Server
	gun    string
	// folder is Docker's of the administrator, with the trust folder in it.
	folder string
	notary *peer.Client
	docker *peer.Client
	deck   *peer.Client
	// keys are those of the signers, away who has them in a folder of their own.
	keys map[string]peer.Key
	away map[string]*peer.Client
}

func newWorld(r *record, server *peer.Server, gun string) *world {
	t := r.t
	t.Helper()
	folder := t.TempDir()
	w := &world{
		server: server, gun: gun, folder: folder, keys: map[string]peer.Key{}, away: map[string]*peer.Client{},
		notary: same(peer.Notary(t, server, filepath.Join(folder, "trust"))), docker: peer.Docker(t, server, folder), deck: peer.Trustdeck(t),
	}
	w.desk = desk{record: r, of: w, name: gun}
	w.deck = same(w.deck).With("DOCKER_CONFIG="+folder, "DOCKER_CONTENT_TRUST_SERVER="+server.URL)
	for _, name := range []string{"alice", "bob"} {
		w.newKey(name)
	}
	return w
}

// same has a client know the one passphrase of all keys but the root key.
func same(c *peer.Client) *peer.Client { return knowing(c, peer.RepositoryPassphrase) }

// knowing has a client know the passphrase of all keys but the root key.
func knowing(c *peer.Client, passphrase string) *peer.Client {
	return c.With("NOTARY_ROOT_PASSPHRASE="+peer.RootPassphrase, "NOTARY_TARGETS_PASSPHRASE="+passphrase,
		"NOTARY_SNAPSHOT_PASSPHRASE="+passphrase, "NOTARY_DELEGATION_PASSPHRASE="+passphrase,
		"DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE="+peer.RootPassphrase, "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+passphrase)
}

// signer is the notary of a signer.
func (w *world) signer(name string) *peer.Client {
	if client := w.away[name]; client != nil {
		return client
	}
	return w.notary
}

// begin initialises the repository. That of the other kind has a snapshot that only the
// administrator signs.
func (w *world) begin(made []step) []step {
	w.t.Helper()
	snapshot := "server"
	if made[0].what == other {
		snapshot, made = "here", made[1:]
	}
	r := w.trustdeck("init", "--snapshot-key", snapshot, w.gun, "--yes")
	if r.Code != 0 {
		w.t.Fatalf("trustdeck init: exit code %d\n%s", r.Code, r.Stderr)
	}
	return made
}

func (w *world) trustdeck(args ...string) peer.Result {
	if args[0] != "apply" && args[0] != "key" { // a plan names repositories as the server has them, and keys have none
		args = append(args, "--gun")
	}
	return w.deck.Try(append(args, "--tlscacert", w.server.PKI.CAFile())...)
}

// compare holds what trustdeck says of the tags against what the others find.
func (w *world) compare() {
	w.t.Helper()
	a, _ := w.look()
	found := a.signed()
	var pulled []string
	for _, tag := range a.Repositories[0].Tags {
		if tag.Pulled {
			pulled = append(pulled, tag.Name)
		}
	}
	slices.Sort(pulled)
	list := peer.Notary(w.t, w.server, w.t.TempDir()).Try("list", w.gun)
	if got := listed(list.Stdout); list.Code != 0 || !slices.Equal(got, found) {
		w.t.Errorf("notary finds %v, and trustdeck says %v\n%s%s", got, found, list.Stdout, list.Stderr)
	}
	if got := w.found(); !slices.Equal(got, pulled) {
		w.t.Errorf("docker finds %v, and trustdeck says %v\n%s", got, pulled, w.trustdeck("inspect", w.gun).Stdout)
	}
}

// row is a line of notary list: name, digest, size and role.
var row = regexp.MustCompile(`(?m)^(\S+)\s+[0-9a-f]{64}\s+\d+\s+\S+\s*$`)

func listed(text string) []string {
	var out []string
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return out
}

// found are the tags that docker finds, as a client that is new to the repository.
func (w *world) found() []string {
	w.t.Helper()
	r := peer.Docker(w.t, w.server, w.t.TempDir()).Try("trust", "inspect", strings.TrimPrefix(w.gun, "docker.io/"))
	var answers []struct{ SignedTags []struct{ SignedTag string } }
	if err := json.Unmarshal([]byte(r.Stdout), &answers); err != nil {
		w.t.Fatalf("docker trust inspect: %v\n%s%s", err, r.Stdout, r.Stderr)
	}
	var out []string
	for _, a := range answers {
		for _, tag := range a.SignedTags {
			out = append(out, tag.SignedTag)
		}
	}
	slices.Sort(out)
	return out
}

// state is the versions of all roles, to see whether anything has changed.
func (w *world) state() string {
	w.t.Helper()
	a, _ := w.look()
	var out []string
	for _, role := range a.Repositories[0].Roles {
		text, err := json.Marshal(role)
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return strings.Join(out, " ")
}
