package sequences

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// A world is a repository on a server, and those who change it: the administrator, who has
// the keys of root and targets and uses all three clients in one folder, and signers, whose
// keys are in that folder too or in one of their own.
type world struct {
	t      *testing.T
	random *rand.Rand
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
	tags int
	// done are the steps so far, said what trustdeck has said of the last.
	done []step
	said string
	// applied counts the steps that changed something, by what they do.
	applied map[string]int
	// own is true where the snapshot is signed by the administrator alone.
	own bool
}

func newWorld(t *testing.T, server *peer.Server, gun string, random *rand.Rand) *world {
	t.Helper()
	folder := t.TempDir()
	w := &world{
		t: t, random: random, server: server, gun: gun, folder: folder, keys: map[string]peer.Key{}, away: map[string]*peer.Client{}, applied: map[string]int{},
		notary: same(peer.Notary(t, server, filepath.Join(folder, "trust"))), docker: peer.Docker(t, server, folder), deck: peer.Trustdeck(t),
	}
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

// begin initialises the repository.
func (w *world) begin(snapshot string) {
	w.t.Helper()
	w.own = snapshot == "here"
	r := w.trustdeck("init", "--snapshot-key", snapshot, w.gun, "--yes")
	if r.Code != 0 {
		w.t.Fatalf("trustdeck init: exit code %d\n%s", r.Code, r.Stderr)
	}
}

// count notes that the step that is being done has changed something.
func (w *world) count() { w.applied[w.done[len(w.done)-1].what]++ }

func (w *world) trustdeck(args ...string) peer.Result {
	if args[0] != "apply" && args[0] != "key" { // a plan names repositories as the server has them, and keys have none
		args = append(args, "--gun")
	}
	return w.deck.Try(append(args, "--tlscacert", w.server.PKI.CAFile())...)
}

// An answer is what trustdeck says of the repository.
type answer struct {
	Repositories []struct {
		Verified bool   `json:"verified"`
		Level    string `json:"level"`
		Roles    []struct {
			Name    string   `json:"name"`
			State   string   `json:"state"`
			Version int64    `json:"version"`
			Keys    []string `json:"keys"`
		} `json:"roles"`
		Tags []struct {
			Name   string   `json:"name"`
			Pulled bool     `json:"pulled"`
			Roles  []string `json:"roles"`
		} `json:"tags"`
	} `json:"repositories"`
}

// signed are the tags that a role lists.
func (a *answer) signed() []string {
	var out []string
	for _, tag := range a.Repositories[0].Tags {
		if len(tag.Roles) > 0 {
			out = append(out, tag.Name)
		}
	}
	slices.Sort(out)
	return out
}

func (w *world) signed() []string {
	w.t.Helper()
	a, _ := w.look()
	return a.signed()
}

// look asks trustdeck.
func (w *world) look() (a answer, r peer.Result) {
	w.t.Helper()
	r = w.trustdeck("inspect", "-o", "json", w.gun)
	if err := json.Unmarshal([]byte(r.Stdout), &a); err != nil || len(a.Repositories) != 1 {
		w.t.Fatalf("trustdeck inspect: %v\n%s%s", err, r.Stdout, r.Stderr)
	}
	return a, r
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
	if got := w.pulls(); !slices.Equal(got, pulled) {
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

// pulls are the tags that docker finds, as a client that is new to the repository.
func (w *world) pulls() []string {
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

// A planned is what a plan file promises.
type planned struct {
	Plan struct {
		Parts []struct {
			Pending []struct{ Role string }
			Impact  struct{ Gained, Lost []string }
			Verdict struct{ State string }
		}
	}
}

var leaving = regexp.MustCompile(`--leave-pending (targets/[a-z]+)`)

// change has trustdeck plan and apply a change, answers where it must be decided what
// happens to a role, and holds what comes of it against the plan.
func (w *world) change(args ...string) {
	w.t.Helper()
	before, pulled := w.versions(), w.pulls()
	file := filepath.Join(w.t.TempDir(), "plan.json")
	args = append(args, "-f", file)
	r := w.quiet(args...)
	if roles := leaving.FindAllStringSubmatch(r.Stderr, -1); r.Code == 2 && strings.Contains(r.Stderr, "--join-key ID") {
		r = w.quiet(append(args, w.decide(roles)...)...)
	}
	if r.Code == 0 {
		w.check(file, before, pulled)
		return
	}
	if !slices.Contains([]int{1, 2}, r.Code) {
		w.t.Errorf("trustdeck %q: exit code %d\n%s", args, r.Code, r.Stderr)
	}
	if after := w.versions(); after != before {
		w.t.Errorf("trustdeck %q has failed, and changed something: %s after %s", args, after, before)
	}
}

// quiet runs trustdeck with nobody at its input.
func (w *world) quiet(args ...string) peer.Result {
	return w.trustdeck(append(args, "--yes")...)
}

// decide answers by chance what happens to roles that cannot be signed here.
func (w *world) decide(roles [][]string) []string {
	w.t.Helper()
	var out []string
	if len(roles) > 0 && w.random.IntN(2) == 0 {
		for _, m := range roles {
			out = append(out, "--leave-pending", m[1])
		}
		return out
	}
	out = append(out, "--join-key", w.target())
	return out
}

// target is the targets key of the repository.
func (w *world) target() string {
	a, _ := w.look()
	for _, role := range a.Repositories[0].Roles {
		if role.Name == "targets" && len(role.Keys) > 0 {
			return role.Keys[0]
		}
	}
	return ""
}

// check applies a plan, and holds what comes of it against what it has promised.
func (w *world) check(file, before string, pulled []string) {
	w.t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	var p planned
	if err := json.Unmarshal(text, &p); err != nil || len(p.Plan.Parts) != 1 {
		w.t.Fatalf("%v\n%s", err, text)
	}
	part := p.Plan.Parts[0]
	r := w.quiet("apply", file)
	w.said = r.Stderr
	switch part.Verdict.State {
	case "ready":
	case "nothing":
		if after := w.versions(); r.Code != 0 || after != before {
			w.t.Errorf("nothing was to be done: exit code %d, %s after %s\n%s", r.Code, after, before, r.Stderr)
		}
		return
	default:
		if after := w.versions(); r.Code != 2 || after != before {
			w.t.Errorf("the plan is %s: exit code %d, %s after %s\n%s", part.Verdict.State, r.Code, after, before, r.Stderr)
		}
		return
	}
	if r.Code != 0 {
		w.t.Errorf("trustdeck apply: exit code %d\n%s", r.Code, r.Stderr)
		return
	}
	w.count()
	var pending []string
	for _, role := range part.Pending {
		pending = append(pending, role.Role)
	}
	w.promised(pending)
	want := slices.DeleteFunc(append(slices.Clone(pulled), part.Impact.Gained...), func(tag string) bool { return slices.Contains(part.Impact.Lost, tag) })
	slices.Sort(want)
	if got := w.pulls(); !slices.Equal(got, want) {
		w.t.Errorf("docker finds %v, and %v were promised: %v, and more %v, less %v\n%s", got, want, pulled, part.Impact.Gained, part.Impact.Lost, r.Stderr)
	}
}

// promised checks that just those roles cannot be used that a plan has named.
func (w *world) promised(pending []string) {
	w.t.Helper()
	if said := strings.Contains(w.said, "Done, pending "); said != (len(pending) > 0) {
		w.t.Errorf("it says that something is pending: %v, and %v is\n%s", said, pending, w.said)
	}
	a, r := w.look()
	for _, role := range a.Repositories[0].Roles {
		usable := role.State == "verified" || role.State == "unpublished"
		if usable == slices.Contains(pending, role.Name) {
			w.t.Errorf("%s is %s, and pending were %v\n%s", role.Name, role.State, pending, r.Stdout)
		}
	}
}

// versions are those of all roles, to see whether anything has changed.
func (w *world) versions() string {
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
