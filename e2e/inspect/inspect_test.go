// Package inspect compares what trustdeck says with what "docker trust inspect" says.
package inspect

import (
	"os"
	"path/filepath"
	"testing"

	"trustdeck/e2e/peer"
)

func TestMain(m *testing.M) { peer.Main(m) }

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
