package readme

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"trustdeck/e2e/peer"
)

// provoked are command lines for each exit code, with what else must be true: a code
// stands for several ends. They run one after the other in one practice world.
var provoked = []struct {
	line string
	code int
	says string
}{
	{"trustdeck inspect registry.example.org/base/alpine", 0, "base/alpine"},
	{"trustdeck renew --yes registry.example.org/web/frontend targets/ci-bot", 0, "trustdeck read it back"},
	{"trustdeck doctor --fail-on never", 0, "pay/ledger"},

	{"trustdeck tags registry.example.org/data/nothing", 1, "does not have trust data"},
	{"trustdeck inspect registry.example.org/base/alpine:9.9", 1, "9.9"},
	{"trustdeck verify registry.example.org/base/alpine 1.0 alice.pub", 1, "alice.pub"},
	{"trustdeck backup check nothing.tar.gz", 1, "does not exist"},
	{"NOTARY_TARGETS_PASSPHRASE=wrong DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=wrong trustdeck renew --yes registry.example.org/base/alpine targets", 1, "Passphrase"},

	{"trustdeck reps", 2, "neither a command nor a route"},
	{"trustdeck repos --nothing", 2, "unknown flag"},
	{"trustdeck repos --pin x", 2, "is not REPOSITORY=ID"},
	{"trustdeck apply alice.pub", 2, "this is not a plan"},
	{"trustdeck renew --yes registry.example.org/base/alpine", 2, "trustdeck can't ask you"},
	{"trustdeck renew registry.example.org/base/alpine targets", 2, "trustdeck can't ask you to accept the plan"},
	{"trustdeck signer add --yes zoe registry.example.org/base/alpine", 2, "a public key is needed"},
	{"trustdeck rotate --yes registry.example.org/ops/ceremony targets", 2, "some keys are not on this machine"},

	{"trustdeck doctor", 3, "pay/api"},

	{"trustdeck inspect registry.example.org/pay/api", 4, "is broken: targets expired"},
	{"trustdeck inspect registry.example.org/base/alpine registry.example.org/pay/ledger", 4, "pay/ledger is broken"},

	{"trustdeck repos --no-cache --server https://127.0.0.1:1", 5, "the connection was refused"},
	{"DOCKER_CONFIG=/nonexistent trustdeck repos --no-cache", 5, "not trusted"},

	{"trustdeck renew -f plan.json registry.example.org/web/landing targets", 0, "Nothing was changed"},
	{"trustdeck renew --yes registry.example.org/web/landing targets", 0, "trustdeck read it back"},
	{"trustdeck apply --yes plan.json", 8, "the plan is out of date"},
}

// Each exit code is what the help says of it.
func TestExitCodes(t *testing.T) {
	r := newReader(t)
	r.put("alice.pub", publicKey(t))
	// Code 6 is provoked below, 7, 130 and 143 on a terminal.
	seen := map[int]bool{6: true, 7: true, 130: true, 143: true}
	for _, p := range provoked {
		seen[p.code] = true
		output, code := r.run(p.line)
		if code != p.code || !strings.Contains(output, p.says) {
			t.Errorf("%s: exit code %d, want %d and %q\n%s", p.line, code, p.code, p.says, output)
		}
	}
	listed := map[int]bool{}
	for _, match := range regexp.MustCompile(`(?m)^ +(\d+)  `).FindAllStringSubmatch(r.client.Run(t, "help", "exit-codes"), -1) {
		code, err := strconv.Atoi(match[1])
		if err != nil {
			t.Fatal(err)
		}
		listed[code] = true
	}
	if !maps.Equal(seen, listed) {
		t.Errorf("the help lists %v, and the tests know %v", slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(seen)))
	}
}

// A server with users, and nobody has logged in.
func TestExitCodeNotAuthorised(t *testing.T) {
	world := peer.Practice(t, "--auth")
	result := peer.Trustdeck(t).Try("inspect", "registry.example.org/base/alpine", "--server", world.Server, "--tlscacert", world.Authority)
	if result.Code != 6 {
		t.Errorf("exit code %d, want 6\n%s", result.Code, result.Stderr)
	}
}

// A plan that is not accepted, and a program that is ended.
func TestExitCodesOnATerminal(t *testing.T) {
	peer.Need(t, "tmux")
	r := newReader(t)
	for name, row := range map[string]struct {
		line, shows string
		end         func(*peer.Terminal)
		code        int
	}{
		"not accepted": {
			"trustdeck witness registry.example.org/web/gateway targets", "Type yes",
			func(term *peer.Terminal) { term.Type("no"); term.Keys("Enter") }, 7,
		},
		"interrupted": {
			"trustdeck --plain", "Number or command",
			func(term *peer.Terminal) { term.Keys("C-c") }, 130,
		},
		"terminated": {
			"exec trustdeck", "base/alpine",
			func(term *peer.Terminal) { term.Signal(syscall.SIGTERM) }, 143,
		},
	} {
		t.Run(name, func(t *testing.T) {
			term := peer.Tmux(t, 100, 30)
			shell := *r.client
			shell.Program = "/bin/sh"
			term.Start(&shell, "-c", onPath+row.line)
			term.WaitFor(row.shows)
			row.end(term)
			if code := term.WaitExit(); code != row.code {
				t.Errorf("exit code %d, want %d", code, row.code)
			}
		})
	}
}
