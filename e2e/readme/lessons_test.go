package readme

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"trustdeck/assets"
	"trustdeck/e2e/peer"
	"trustdeck/model/lesson"
	"trustdeck/remote/sandbox/practice"
)

// An attempt is a command line, how it ends, and what it says and does not say.
type attempt struct {
	line      string
	code      int
	says, not string
}

// A trial is what a lesson tells to try, and an attempt that looks at what it has done.
type trial struct {
	lesson string
	try    attempt
	after  attempt
}

// trials of trustdeck itself, in the order of the lessons.
var trials = []trial{
	{lesson: "healthy", try: attempt{line: "trustdeck inspect registry.example.org/base/alpine:latest", says: "latest"}},
	{
		lesson: "expiring", try: attempt{line: "trustdeck renew registry.example.org/web/frontend targets/ci-bot"},
		after: attempt{line: "trustdeck inspect registry.example.org/web/frontend", says: "ok", not: "in 12 d"},
	},
	{
		lesson: "expired", try: attempt{line: "trustdeck renew registry.example.org/pay/api targets"},
		after: attempt{line: "trustdeck inspect registry.example.org/pay/api", says: "ok"},
	},
	{
		lesson: "unsigned", try: attempt{line: "trustdeck witness registry.example.org/pay/ledger targets/releases", says: "sees 1 additional tag: 1.4"},
		after: attempt{line: "trustdeck tags registry.example.org/pay/ledger", says: "1.4  yes"},
	},
	{
		lesson: "half-signer", try: attempt{line: "trustdeck signer add carol registry.example.org/web/gateway"},
		after: attempt{line: "trustdeck inspect registry.example.org/web/gateway:1.3", code: 1, says: "carol"},
	},
	{
		lesson: "off-boarding", try: attempt{line: "trustdeck off-board --who 102fe786 registry.example.org/web/landing"},
		after: attempt{line: "trustdeck inspect registry.example.org/web/landing", says: "ok", not: "102f"},
	},
	{lesson: "rotated", try: attempt{line: "trustdeck rotate registry.example.org/ops/vault root", says: "root: version 7 (was 6)"}},
	{
		lesson: "two-of-three", try: attempt{line: "trustdeck rotate registry.example.org/ops/ceremony targets", code: 2, says: "root needs 1 signature more"},
		after: attempt{line: "trustdeck keys", says: "48114aff", not: "could not be read"},
	},
	{lesson: "paths", try: attempt{line: "trustdeck inspect registry.example.org/data/platform:weekly-7", code: 1, says: "outside"}},
	{
		lesson: "not-initialised", try: attempt{line: "trustdeck init registry.example.org/data/scratch"},
		after: attempt{line: "trustdeck inspect registry.example.org/data/scratch", says: "ok"},
	},
	{lesson: "many", try: attempt{line: "trustdeck tags registry.example.org/base/everything", says: "build-05001"}},
	{
		lesson: "own-snapshot", try: attempt{line: "trustdeck rotate --server-managed registry.example.org/ops/backup snapshot"},
		after: attempt{line: "notary list registry.example.org/ops/backup", says: "0.9"},
	},
	{lesson: "staged", try: attempt{line: "trustdeck status registry.example.org/tools/sbom", says: "1.3"}},
	{lesson: "never-published", try: attempt{line: "trustdeck status registry.example.org/data/kafka", says: "never published"}},
	{
		lesson: "fleet", try: attempt{line: "trustdeck rotate $PRACTICE_TUF/fleet root --replace 499dc406", says: "- @eve 499d c406, + new root key"},
		after: attempt{line: "trustdeck quorum $PRACTICE_TUF/fleet root", says: "3 of 5"},
	},
	{
		lesson: "fleet", try: attempt{line: "trustdeck rotate $PRACTICE_TUF/fleet targets --replace 499dc406", says: "- @eve 499d c406, + new targets key"},
		after: attempt{line: "trustdeck inspect $PRACTICE_TUF/fleet", says: "3 of 5", not: "eve"},
	},
	{lesson: "token", try: attempt{line: "trustdeck rotate $PRACTICE_TUF/keyring root", says: "- @ada eb50 facb, + new root key"}},
	{lesson: "feed", try: attempt{line: "trustdeck renew $PRACTICE_TUF/feed timestamp", says: "timestamp: version 2 (was 1)"}},
	{lesson: "feed", try: attempt{line: "trustdeck renew --expiring 3d --yes $PRACTICE_TUF/feed", says: "Nothing to do"}},
	{
		lesson: "catalog", try: attempt{line: "trustdeck delegation add $PRACTICE_TUF/catalog archive --from libraries --path 'lib/zip/1.*'", says: "sees 1 additional target: lib/zip/1.0"},
		after: attempt{line: "trustdeck explain $PRACTICE_TUF/catalog lib/zip/1.0", says: "Clients find it in archive"},
	},
}

// trialsOfOthers are those of the other clients, in a world that nobody has changed.
var trialsOfOthers = []trial{
	{
		lesson: "expiring", try: attempt{line: "notary witness registry.example.org/web/frontend targets/ci-bot -p"},
		after: attempt{line: "trustdeck inspect registry.example.org/web/frontend", says: "ok", not: "in 12 d"},
	},
	{lesson: "expired", try: attempt{line: "notary witness registry.example.org/pay/api targets -p", code: 1, says: "targets expired"}},
	{lesson: "off-boarding", try: attempt{line: "docker trust signer remove dave registry.example.org/web/landing", code: 1, says: "dave"}},
	{
		lesson: "two-of-three", try: attempt{line: "notary key rotate registry.example.org/ops/ceremony targets", code: 1},
		after: attempt{line: "trustdeck keys", says: "registry.example.org/pay/api", not: "48114aff"},
	},
	{lesson: "staged", try: attempt{line: "notary status registry.example.org/tools/sbom", says: "1.3"}},
	{
		lesson: "never-published", try: attempt{line: "notary publish registry.example.org/data/kafka"},
		after: attempt{line: "trustdeck inspect registry.example.org/data/kafka", says: "ok"},
	},
}

// toldToRun matches a command of trustdeck in a lesson.
var toldToRun = regexp.MustCompile(`trustdeck [a-z0-9 -]+(registry\.example\.org|\$PRACTICE_TUF)/`)

// What a lesson tells to try does what the lesson says.
func TestLessons(t *testing.T) {
	peer.Need(t, "notary")
	play(t, trials)
	for _, l := range lessons(t) {
		tried := func(have trial) bool { return have.lesson == l.Slug }
		if toldToRun.MatchString(texts(l)) && !slices.ContainsFunc(trials, tried) {
			t.Errorf("nobody tries what lesson %s tells", l.Slug)
		}
	}
}

// The same for what it tells to try with notary and docker.
func TestLessonsWithOthers(t *testing.T) {
	peer.Need(t, "notary", peer.DockerTrust)
	play(t, trialsOfOthers)
}

// lessons are those that the program ships.
func lessons(t *testing.T) []lesson.Lesson {
	t.Helper()
	out, err := practice.ReadLessons(assets.Lessons)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func play(t *testing.T, trials []trial) {
	t.Helper()
	known := lessons(t)
	r := newReader(t)
	r.client = r.client.With("NOTARY_CONFIG="+r.world.NotaryConfig, "DOCKER_HOST=unix:///nonexistent/docker.sock")
	for _, tr := range trials {
		i := slices.IndexFunc(known, func(l lesson.Lesson) bool { return l.Slug == tr.lesson })
		if i < 0 || !strings.Contains(texts(known[i]), tr.try.line) {
			t.Errorf("lesson %s does not tell to run %s", tr.lesson, tr.try.line)
			continue
		}
		if changes.MatchString(tr.try.line) {
			tr.try.line += " --yes"
		}
		r.attempt(tr.try)
		if tr.after.line != "" {
			r.attempt(tr.after)
		}
	}
}

// withNotary gives notary its settings, as the environment file of the world does.
const withNotary = `notary() { command notary -c "$NOTARY_CONFIG" "$@"; }; `

// attempt runs a command line and looks at how it ends.
func (r *reader) attempt(a attempt) {
	r.t.Helper()
	output, code := r.run(withNotary + a.line)
	if code != a.code || !strings.Contains(output, a.says) || a.not != "" && strings.Contains(output, a.not) {
		r.t.Errorf("%s: exit code %d, want %d, %q and not %q\n%s", a.line, code, a.code, a.says, a.not, output)
	}
}

// texts is all that a lesson says.
func texts(l lesson.Lesson) string {
	return strings.Join(slices.Concat([]string{l.Story}, l.Look, l.Try), "\n")
}
