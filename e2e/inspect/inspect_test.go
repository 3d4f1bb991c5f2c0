// Package inspect compares what trustdeck says with what "docker trust inspect" says.
package inspect

import (
	"crypto/sha512"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

// A tag with a SHA-512 alone is one for notary and for verify, and none for docker.
func TestTagWithSHA512Alone(t *testing.T) {
	peer.Need(t, "notary", "notary-server", peer.DockerTrust)
	server := peer.MemoryServer(t)
	const gun, content = "docker.io/acme/long", "one"
	sum := sha512.Sum512([]byte(content))
	folder := t.TempDir()
	notary := peer.Notary(t, server, folder)
	notary.Run(t, "init", gun, "-p")
	notary.Run(t, "addhash", gun, "v1", "3", "--sha512", hex.EncodeToString(sum[:]), "-p")

	deck := peer.Trustdeck(t)
	place := []string{"--server", server.URL, "--tlscacert", server.PKI.CAFile()}
	for _, row := range []struct {
		content string
		code    int
		says    string
	}{
		{content, 0, "docker needs a SHA-256"},
		{"other", 1, "THE FILE DOES NOT MATCH"},
	} {
		theirs := notary.Answering(row.content).Try("verify", gun, "v1")
		ours := deck.Answering(row.content).Try(append([]string{"verify", gun, "v1", "-"}, place...)...)
		if (theirs.Code == 0) != (row.code == 0) || ours.Code != row.code || !strings.Contains(ours.Stdout, row.says) {
			t.Errorf("%s: notary exits %d, trustdeck %d\n%s%s", row.content, theirs.Code, ours.Code, ours.Stdout, ours.Stderr)
		}
	}
	docker := peer.Docker(t, server, t.TempDir())
	if shown := docker.Run(t, "trust", "inspect", gun); !strings.Contains(shown, `"Digest": ""`) {
		t.Errorf("docker knows a digest:\n%s", shown)
	}
}

// Byte for byte what docker prints, its exit code, and what it says of names
// that it shows nothing of.
func TestInspectIsDockers(t *testing.T) {
	peer.Need(t, peer.DockerTrust)
	for name, server := range map[string]func(*testing.T) *peer.Server{
		"memory":     func(t *testing.T) *peer.Server { return peer.MemoryServer(t) },
		"tokens":     func(t *testing.T) *peer.Server { return peer.MemoryServer(t, peer.TokenAuth()) },
		"production": func(t *testing.T) *peer.Server { return peer.ProductionServer(t) },
	} {
		t.Run(name, func(t *testing.T) { compare(t, server(t)) })
	}
}

func compare(t *testing.T, server *peer.Server) {
	t.Helper()
	filled := peer.Fill(t, server)
	config := t.TempDir()
	docker := peer.Docker(t, server, config)
	deck := peer.Trustdeck(t).With(docker.Env...)
	args := [][]string{
		{"acme/absent"},
		{"acme/UPPER"},
		{"not a name"},
		{"https://docker.io/acme/app"},
		{peer.App, "acme/absent", peer.Image},
		{"docker.io/acme/app:no-such-tag"},
	}
	for _, r := range filled.Repositories {
		args = append(args, []string{r.GUN})
		for _, tag := range r.Tags {
			args = append(args, []string{r.GUN + ":" + tag.Name})
		}
	}
	for _, form := range [][]string{nil, {"--pretty"}} {
		for _, names := range args {
			all := append(append([]string{}, form...), names...)
			want := docker.Try(append([]string{"trust", "inspect"}, all...)...)
			got := deck.Try(append([]string{"inspect", "--docker"}, all...)...)
			if got.Stdout != want.Stdout || got.Stderr != want.Stderr || got.Code != want.Code {
				t.Errorf("%q\n got %+v\nwant %+v", all, got, want)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(config, "trust", "tuf")); err != nil {
		t.Fatal("docker has read nothing, so nothing was compared")
	}
}
