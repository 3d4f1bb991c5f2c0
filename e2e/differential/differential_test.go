package differential

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// files are what changes are made to.
var files = []string{"root", "root", "1.root", "2.root", "targets", "targets", "targets/releases", "targets/alice", "targets/alice/ci", "targets/bob", "snapshot", "timestamp"}

// A plan is what a fuzzer's bytes stand for: which root a client knows already, and
// changes of eight bytes each.
func plan(bytes []byte) (known int, changes []change, trace *[]string) {
	trace = &[]string{}
	if len(bytes) > 0 {
		known = int(bytes[0]) % 4
		bytes = bytes[1:]
	}
	for len(bytes) >= 8 && len(changes) < 4 {
		seed := binary.BigEndian.Uint64(bytes)
		bytes = bytes[8:]
		r := rand.New(rand.NewPCG(seed, seed>>32))
		file, how := pick(r, files), r.IntN(10)
		if r.IntN(16) == 0 {
			changes = append(changes, change{server: func(s server) { *trace = append(*trace, serve(r, file, s)) }})
			continue
		}
		envelope := how == 0
		do := func(n *node) {
			var what string
			if envelope || how < 5 {
				what = generic(r, n)
			} else {
				what = semantic(r, file, n)
			}
			*trace = append(*trace, fmt.Sprintf("%s: %s (envelope: %t)", file, what, envelope))
		}
		changes = append(changes, change{file: file, envelope: envelope, do: do})
	}
	return known, changes, trace
}

// serve changes how a server answers.
func serve(r *rand.Rand, file string, s server) string {
	switch r.IntN(5) {
	case 3:
		s.swapped[file] = true
		return file + ": another file given by hash"
	case 0:
		s.hidden[file] = true
		return file + ": not given by name"
	case 1:
		s.hidden[file+"#"] = true
		return file + ": not given by hash"
	case 2:
		s.hidden[file], s.hidden[file+"#"] = true, true
		return file + ": not given"
	default:
		old := pick(r, []string{"1.root", "2.root"})
		s.files["root"] = s.files[old]
		return "root: " + old + " given by name"
	}
}

// judge plays one plan; it returns what differs, as a text that names the changes.
func judge(bytes []byte) string {
	knownRoot, changes, trace := plan(bytes)
	s := base().publish(changes)
	var known []byte
	if knownRoot > 0 {
		// What a client knows, it has verified once: it is what was there before the
		// changes.
		known = untouched().files[fmt.Sprintf("%d.root", knownRoot)]
	}
	found := differences(s, known)
	if len(found) == 0 {
		return ""
	}
	return fmt.Sprintf("known root: %d\nchanges:\n  %s\n%s", knownRoot, strings.Join(*trace, "\n  "), strings.Join(found, "\n"))
}

func TestUnchanged(t *testing.T) {
	for known := range 4 {
		if text := judge([]byte{byte(known)}); text != "" {
			t.Error(text)
		}
	}
	if r := askTrustdeck(untouched(), nil); len(r.AllProblems()) > 0 {
		t.Error(describe(r))
	}
}

// An ordinary run judges runs times cases generated plans, on as many processors as there
// are; DIFFERENTIAL=40000 has each run judge so many.
const (
	runs  = 8
	cases = 400
)

func TestDifferential(t *testing.T) {
	cases := cases
	if text := os.Getenv("DIFFERENTIAL"); text != "" {
		var err error
		if cases, err = strconv.Atoi(text); err != nil {
			t.Fatalf("DIFFERENTIAL is no number: %v", err)
		}
	}
	for run := range runs {
		t.Run(fmt.Sprint(run), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(run), 7))
			for range cases {
				bytes := generated(r)
				if text := judge(bytes); text != "" {
					t.Errorf("%x\n%s", bytes, text)
				}
			}
		})
	}
}

// generated are the bytes of a plan of one to three changes.
func generated(r *rand.Rand) []byte {
	bytes := make([]byte, 1+8*(1+r.IntN(3)))
	for i := range bytes {
		bytes[i] = byte(r.Uint32())
	}
	return bytes
}

func FuzzDifferential(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 8))
	for range 50 {
		f.Add(generated(r))
	}
	f.Fuzz(func(t *testing.T, bytes []byte) {
		if text := judge(bytes); text != "" {
			t.Error(text)
		}
	})
}
