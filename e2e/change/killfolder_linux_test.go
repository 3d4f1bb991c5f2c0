//go:build amd64 || arm64

package change

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
	"trustdeck/model"
)

// folderFlows are the commands that publish into a folder.
var folderFlows = []killed{
	{
		name: "init in a folder", telling: true, sampled: true, folder: true, guns: oneGUN,
		args: []string{"init", first},
		done: func(r killedRepo) bool {
			return r.is.Role(model.RoleTimestamp) != nil && r.is.Role(model.RoleTimestamp).Usable()
		},
	},
	{
		name: "target add in a folder", before: onlyMade, telling: true, sampled: true, folder: true, guns: oneGUN,
		args: targetAdded, done: hasTarget,
	},
	{
		name: "target add in a folder, and another change", before: onlyMade, telling: true, tells: filesNamed, folder: true, guns: oneGUN,
		args: targetAdded, next: []string{"renew", first, "timestamp"}, done: hasTarget,
	},
	{
		name: "target add without consistent snapshots", before: onlyMade, telling: true, tells: filesNamed, folder: true, plain: true, guns: oneGUN,
		args: targetAdded, done: hasTarget,
	},
	{
		name: "rotate root in a folder", before: onlyMade, telling: true, tells: filesNamed, folder: true, guns: oneGUN,
		args: []string{"rotate", first, "root"}, done: rootReplaced,
	},
	{
		name: "rotate root without consistent snapshots", before: onlyMade, telling: true, tells: filesNamed, folder: true, plain: true, guns: oneGUN,
		args: []string{"rotate", first, "root"}, done: rootReplaced,
	},
	{
		// Clients read it wherever it is cut off: the former key has signed the new file as well.
		name: "rotate targets in a folder", before: onlyMade, telling: true, tells: filesNamed, folder: true, guns: oneGUN,
		args: []string{"rotate", first, "targets"}, done: targetsReplaced,
	},
	{
		name: "delegation remove in a folder", before: withSigner, signed: true, telling: true, tells: filesNamed, folder: true, guns: oneGUN,
		args: []string{"delegation", "remove", first, "alice"}, done: aliceRemoved,
	},
	{
		name: "delegation remove without consistent snapshots", before: withSigner, signed: true, telling: true, tells: filesNamed, folder: true, plain: true, guns: oneGUN,
		args: []string{"delegation", "remove", first, "alice"}, done: aliceRemoved,
	},
}

var (
	filesNamed  = regexp.MustCompile(naming)
	targetAdded = []string{"target", "add", "--size", "10", "--sha256", digest, "--role", "targets", first, "app"}
	withSigner  = [][]string{{"init", first}, {"signer", "add", "--key", "ALICE", "alice", first}}
)

func hasTarget(r killedRepo) bool {
	return r.lists(model.RoleTargets, "app") && r.newer(model.RoleTimestamp)
}

func rootReplaced(r killedRepo) bool { return r.rotated(model.RoleRoot, 1, 1, 1) }

func targetsReplaced(r killedRepo) bool { return r.rotated(model.RoleTargets, 1, 1, 1) }

func aliceRemoved(r killedRepo) bool {
	lists := func(edge model.Delegation) bool { return edge.Name == "alice" }
	return r.newer(model.RoleTargets) && !slices.ContainsFunc(r.is.Role(model.RoleTargets).Delegations, lists)
}

// enterFolder has the repository in a folder below the home folder, and the keys that
// trustdeck makes for it in one of their own.
func (p *place) enterFolder(t *testing.T) {
	t.Helper()
	dir := filepath.Join(p.home, "repository")
	for _, path := range []string{dir, p.elsewhere()} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	p.folder = peer.ServeFolder(t, dir)
	p.program = p.program.With("XDG_DATA_HOME="+filepath.Join(p.home, "data"), "DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE="+peer.DelegationPassphrase)
}

// own is trustdeck's own folder of keys.
func (p *place) own() string { return filepath.Join(p.home, "data", "trustdeck", "keys") }

// elsewhere is a repository that nothing is done to.
func (p *place) elsewhere() string {
	if p.lane.relay == nil {
		return filepath.Join(p.home, "other")
	}
	return "docker.io/acme/other"
}

// makePlain takes consistent snapshots from the repository, and forgets what is known of it.
func (p *place) makePlain(t *testing.T) {
	t.Helper()
	p.folder.NameInPlain(t, p.own())
	if err := os.RemoveAll(filepath.Join(p.home, "state")); err != nil {
		t.Fatal(err)
	}
}

// clientsRead checks that clients can read the repository that know any of its roots. There
// is none yet without a timestamp.
func (p *place) clientsRead(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(p.folder.Dir, "timestamp.json")); os.IsNotExist(err) {
		return
	}
	for i, root := range p.folder.Roots(t) {
		if err := p.folder.Updater(t, root).Refresh(); err != nil {
			t.Errorf("go-tuf at root %d: %v", i+1, err)
		}
	}
}

// clean checks that nothing but metadata is in the folder.
func (p *place) clean(t *testing.T) {
	t.Helper()
	entries, err := os.ReadDir(p.folder.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".json") {
			t.Errorf("%s is left in the folder", e.Name())
		}
	}
}

// goesOn has somebody begin another change, although one was cut off. It is refused where files of
// that one are missing, and does no harm where none are.
func (p *place) goesOn(t *testing.T, f *killed) {
	t.Helper()
	r := p.try(t, p.named(f.next)...)
	switch {
	case r.Code == 0:
		p.clean(t)
		p.clientsRead(t)
	case !strings.Contains(r.Stderr, "Finish it first: trustdeck resume"):
		t.Errorf("the next command: exit code %d: %s", r.Code, r.Stderr)
	}
}
