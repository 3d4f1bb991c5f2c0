package screen

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trustdeck/e2e/peer"
)

// Whoever has set up nothing connects to a server of its own authority, keeps it as a
// context, and sees it beside another one, on a real terminal.
func TestConnectAndSwitch(t *testing.T) {
	prod, test := peer.MemoryServer(t), peer.MemoryServer(t)
	for _, server := range []*peer.Server{prod, test} {
		peer.Notary(t, server, t.TempDir()).Run(t, "init", "-p", "docker.io/acme/app")
	}
	client := peer.Trustdeck(t)
	client.Run(t, "context", "add", "test", "--server", test.URL, "--tlscacert", test.PKI.CAFile())

	term := peer.Tmux(t, 80, 24)
	term.Start(client)
	term.WaitFor("Connect to a trust server")
	term.Keys("Enter")
	term.WaitFor("Which trust server do you want to connect to?")
	term.Type(prod.URL)
	term.Keys("Enter")
	term.WaitFor("Which file has the server's CA certificate?")
	term.Type("/nonexistent.pem")
	term.Keys("Enter")
	term.WaitFor("could not be read")
	term.Keys("C-u")
	term.Type(prod.PKI.CAFile())
	term.Keys("Enter")
	term.WaitFor("Under which name do you want to save it?")
	term.Keys("C-u")
	term.Type("prod")
	term.Keys("Enter")
	review := term.WaitFor("Ready: trustdeck saves the server as a context")
	for _, want := range []string{"answers: a Notary server", "It lists 1 repository", "It requires no authentication"} {
		if !strings.Contains(review, want) {
			t.Errorf("%q is not on the review:\n%s", want, review)
		}
	}
	if _, err := os.Stat(filepath.Join(client.Home, ".config/trustdeck/contexts/prod.toml")); err == nil {
		t.Error("the context was written before the review was accepted")
	}
	agree(t, term, "Switch to prod")
	n := 0
	term.WaitUntil("the button pressed", func(screen string) bool {
		there := strings.Contains(screen, "Switch to prod")
		if n++; there && n%40 == 1 { // a page takes no answer before it has been there a moment
			term.Keys("Enter")
		}
		return !there
	})
	term.WaitFor("1 repository")
	term.WaitFor(prod.Host)

	term.Keys("@")
	term.WaitFor("in use: prod")
	term.Keys("j", "Space", "j", "Space")
	term.WaitFor("2 marked: prod, test")
	term.Keys("Enter")
	side := term.WaitFor("2 repositories")
	for _, want := range []string{"CONTEXT", "acme/app    prod", "acme/app    test"} {
		if !strings.Contains(side, want) {
			t.Errorf("%q is missing:\n%s", want, side)
		}
	}
	quit(t, term)

	out := client.Run(t, "--context", "prod,test", "repos", "-o", "json")
	for _, want := range []string{`"name": "prod:docker.io/acme/app"`, `"name": "test:docker.io/acme/app"`} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is missing:\n%s", want, out)
		}
	}
}

// The way out of a wrong authority and of a missing login is there in full, fits the
// server, and works.
func TestRemediesOfTheFirstStart(t *testing.T) {
	server := peer.MemoryServer(t, peer.TokenAuth())
	client := peer.Trustdeck(t)

	term := peer.Tmux(t, 80, 24)
	term.Start(client, "--server", server.URL)
	words := wordsOf(term.WaitFor("--tlscacert,"))
	if want := "give its CA certificate with --tlscacert, or save it as ca.crt in the tls/" + server.Host + " folder of Docker's configuration."; !strings.Contains(words, want) {
		t.Errorf("the way out is not\n%s\nin:\n%s", want, words)
	}
	quit(t, term)

	term = peer.Tmux(t, 60, 15)
	term.Start(client, "--server", server.URL, "--tlscacert", server.PKI.CAFile())
	words = wordsOf(term.WaitFor("NOTARY_AUTH"))
	if want := "Set NOTARY_AUTH to the output of: printf '%s' user:password | base64, and start again."; !strings.Contains(words, want) {
		t.Errorf("the way out is not\n%s\nin:\n%s", want, words)
	}
	quit(t, term)
	login := base64.StdEncoding.EncodeToString([]byte(peer.Administrator.Name + ":" + peer.Administrator.Password))
	client.With("NOTARY_AUTH="+login).Run(t, "--server", server.URL, "--tlscacert", server.PKI.CAFile(), "repos")

	// Why docker login is not the way out: docker's token is for nothing that the server has.
	docker := peer.Docker(t, server, filepath.Join(t.TempDir(), "docker")).Answering(peer.Administrator.Password)
	if r := docker.Try("login", "--username", peer.Administrator.Name, "--password-stdin", server.Host); r.Code == 0 {
		t.Errorf("docker logs in at a trust server: %s", r.Stdout)
	}
}

// wordsOf joins the lines of a screen.
func wordsOf(screen string) string { return strings.Join(strings.Fields(screen), " ") }
