package peer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
)

// The repositories that Fill makes.
const (
	// App has signers, nested delegations and a snapshot key on the server.
	App = "docker.io/acme/app"
	// Rotated has had every one of its keys replaced.
	Rotated = "docker.io/acme/rotated"
	// Empty was published and never signed.
	Empty = "docker.io/acme/empty"
	// Image is administered with "docker trust".
	Image = "docker.io/acme/image"
)

// Filled says what Fill has put on a server.
type Filled struct {
	// Notary has the keys of App, Rotated and Empty; Docker those of Image.
	Notary, Docker *Client
	// Repositories are in the order of their names.
	Repositories []Repository
}

// Repository is what a reader must find in a repository.
type Repository struct {
	GUN string
	// RootVersion is the version of the current root.
	RootVersion int
	// ServerSnapshot is true where the server holds the snapshot key.
	ServerSnapshot bool
	Delegations    []Delegation
	// Tags are those in force, in the order in which they were signed.
	Tags []Tag
}

// Delegation is a delegated role with threshold 1.
type Delegation struct {
	Role  string
	Paths []string
	// KeyIDs are the canonical IDs of its keys.
	KeyIDs []string
}

// Tag is a target in one role.
type Tag struct {
	Role, Name string
	// SHA256 is in hexadecimal.
	SHA256 string
	Length int
}

// filler fills one server.
type filler struct {
	tb      testing.TB
	notary  *Client
	docker  *Client
	keyDir  string
	content int
}

// Fill makes repositories on a server as administrators do, with notary and with
// "docker trust", one command after the other.
func Fill(tb testing.TB, server *Server) *Filled {
	tb.Helper()
	f := &filler{
		tb:     tb,
		notary: Notary(tb, server, tb.TempDir()),
		docker: Docker(tb, server, tb.TempDir()),
		keyDir: tb.TempDir(),
	}
	return &Filled{
		Notary:       f.notary,
		Docker:       f.docker,
		Repositories: []Repository{f.app(), f.empty(), f.image(server), f.rotated()},
	}
}

// Repository returns what is known of gun.
func (f *Filled) Repository(tb testing.TB, gun string) Repository {
	tb.Helper()
	for _, r := range f.Repositories {
		if r.GUN == gun {
			return r
		}
	}
	tb.Fatalf("Fill makes no repository %s", gun)
	return Repository{}
}

func (f *filler) app() Repository {
	f.tb.Helper()
	alice := BareKey(f.tb, f.keyDir, "alice")
	bob := CertifiedKey(f.tb, f.keyDir, "bob")
	n := f.notary
	n.Run(f.tb, "init", "-p", App)
	n.Run(f.tb, "key", "import", "--role", "alice", alice.PrivateFile)
	n.Run(f.tb, "key", "import", "--role", "bob", bob.PrivateFile)
	n.Run(f.tb, "delegation", "add", App, "targets/releases", alice.PublicFile, bob.PublicFile, "--all-paths")
	n.Run(f.tb, "delegation", "add", App, "targets/alice", alice.PublicFile, "--paths", "alice/,v")
	n.Run(f.tb, "publish", App)
	n.Run(f.tb, "delegation", "add", "-p", App, "targets/alice/nightly", bob.PublicFile, "--paths", "alice/nightly-")

	r := Repository{
		GUN: App, RootVersion: 2, ServerSnapshot: true,
		Delegations: []Delegation{
			{Role: "targets/releases", Paths: []string{""}, KeyIDs: []string{alice.ID, bob.ID}},
			{Role: "targets/alice", Paths: []string{"alice/", "v"}, KeyIDs: []string{alice.ID}},
			{Role: "targets/alice/nightly", Paths: []string{"alice/nightly-"}, KeyIDs: []string{bob.ID}},
		},
		Tags: []Tag{
			f.tag(n, App, "targets", "v1.0"),
			f.tag(n, App, "targets/releases", "v1.1"),
			f.tag(n, App, "targets/releases", "v2.0"),
			f.tag(n, App, "targets/alice", "alice/tool"),
			f.tag(n, App, "targets/alice/nightly", "alice/nightly-1"),
		},
	}
	n.Run(f.tb, "key", "rotate", "-r", App, "snapshot")
	n.Run(f.tb, "witness", "-p", App, "targets/releases")
	return r
}

func (f *filler) empty() Repository {
	f.tb.Helper()
	f.notary.Run(f.tb, "init", "-p", Empty)
	return Repository{GUN: Empty, RootVersion: 1}
}

func (f *filler) rotated() Repository {
	f.tb.Helper()
	n := f.notary
	n.Run(f.tb, "init", "-p", Rotated)
	tags := []Tag{f.tag(n, Rotated, "targets", "v1")}
	rotations := [][]string{
		{Rotated, "root"},
		{"-r", Rotated, "snapshot"},
		{Rotated, "targets"},
		{"-r", Rotated, "timestamp"},
		{Rotated, "root"},
		{Rotated, "snapshot"},
	}
	for _, args := range rotations {
		n.Answering("yes\n").Run(f.tb, append([]string{"key", "rotate"}, args...)...)
	}
	tags = append(tags, f.tag(n, Rotated, "targets", "v2"))
	return Repository{GUN: Rotated, RootVersion: 1 + len(rotations), Tags: tags}
}

func (f *filler) image(server *Server) Repository {
	f.tb.Helper()
	d := f.docker
	r := Repository{GUN: Image, RootVersion: 1, ServerSnapshot: true}
	releases := Delegation{Role: "targets/releases", Paths: []string{""}}
	for _, name := range []string{"carol", "dave"} {
		d.Run(f.tb, "trust", "key", "generate", name, "--dir", f.keyDir)
		public := filepath.Join(f.keyDir, name+".pub")
		d.Run(f.tb, "trust", "signer", "add", "--key", public, name, Image)
		id := PublicKeyID(f.tb, public)
		releases.KeyIDs = append(releases.KeyIDs, id)
		r.Delegations = append(r.Delegations, Delegation{
			Role: "targets/" + name, Paths: []string{""}, KeyIDs: []string{id},
		})
	}
	r.Delegations = append(r.Delegations, releases)

	// Without a daemon, "docker trust sign" takes only a tag that is released
	// already; notary releases it, with Docker's own trust folder.
	n := Notary(f.tb, server, filepath.Join(d.Home, "trust")).With(
		"NOTARY_TARGETS_PASSPHRASE="+RepositoryPassphrase,
		"NOTARY_DELEGATION_PASSPHRASE="+RepositoryPassphrase)
	for _, name := range []string{"1.0", "1.1"} {
		released := f.tag(n, Image, "targets/releases", name)
		d.Run(f.tb, "trust", "sign", Image+":"+name)
		r.Tags = append(r.Tags, released)
		for _, signer := range []string{"targets/carol", "targets/dave"} {
			signed := released
			signed.Role = signer
			r.Tags = append(r.Tags, signed)
		}
	}
	f.tag(n, Image, "targets/releases", "0.9")
	d.Run(f.tb, "trust", "revoke", Image+":0.9")
	return r
}

// tag signs a tag with notary and publishes it. No two tags have the same
// digest.
func (f *filler) tag(n *Client, gun, role, name string) Tag {
	f.tb.Helper()
	f.content++
	digest := sha256.Sum256(fmt.Appendf(nil, "content %d", f.content))
	t := Tag{Role: role, Name: name, SHA256: hex.EncodeToString(digest[:]), Length: 1000 + f.content}
	n.Run(f.tb, "addhash", "-p", gun, name, strconv.Itoa(t.Length), "--sha256", t.SHA256, "-r", role)
	return t
}
