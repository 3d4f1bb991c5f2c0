package sequences

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"trustdeck/e2e/peer"
)

// A repository is what steps change, and how others see it.
type repository interface {
	// trustdeck runs a command.
	trustdeck(args ...string) peer.Result
	// state is all that a change may change.
	state() string
	// found are the targets that other clients find.
	found() []string
}

// A desk is where trustdeck changes a repository.
type desk struct {
	*record
	of repository
	// name is what the repository is called, and said what trustdeck has said of the last
	// change.
	name, said string
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

// listed are the tags that a role lists.
func (d *desk) listed() []string {
	d.t.Helper()
	a, _ := d.look()
	return a.signed()
}

// look asks trustdeck.
func (d *desk) look() (a answer, r peer.Result) {
	d.t.Helper()
	r = d.of.trustdeck("inspect", "-o", "json", d.name)
	if err := json.Unmarshal([]byte(r.Stdout), &a); err != nil || len(a.Repositories) != 1 {
		d.t.Fatalf("trustdeck inspect: %v\n%s%s", err, r.Stdout, r.Stderr)
	}
	return a, r
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

var leaving = regexp.MustCompile(`--leave-pending ([\w/-]+)`)

// change has trustdeck plan and apply a change, answers where it must be decided what
// happens to a role, and holds what comes of it against the plan.
func (d *desk) change(args ...string) {
	d.t.Helper()
	before, pulled := d.of.state(), d.of.found()
	file := filepath.Join(d.t.TempDir(), "plan.json")
	args = append(args, "-f", file)
	r := d.quiet(args...)
	if roles := leaving.FindAllStringSubmatch(r.Stderr, -1); r.Code == 2 && strings.Contains(r.Stderr, "--join-key ID") {
		r = d.quiet(append(args, d.decide(roles)...)...)
	}
	if r.Code == 0 {
		d.check(file, before, pulled)
		return
	}
	d.t.Logf("trustdeck %q: exit code %d\n%s", args, r.Code, r.Stderr)
	if !slices.Contains([]int{1, 2}, r.Code) {
		d.t.Error("this is not the exit code of what can't be done")
	}
	if after := d.of.state(); after != before {
		d.t.Errorf("trustdeck %q has failed, and changed something: %s after %s", args, after, before)
	}
}

// quiet runs trustdeck with nobody at its input.
func (d *desk) quiet(args ...string) peer.Result {
	return d.of.trustdeck(append(args, "--yes")...)
}

// decide answers by chance what happens to roles that cannot be signed here.
func (d *desk) decide(roles [][]string) []string {
	d.t.Helper()
	var out []string
	if len(roles) > 0 && d.random.IntN(2) == 0 {
		for _, m := range roles {
			out = append(out, "--leave-pending", m[1])
		}
		return out
	}
	out = append(out, "--join-key", d.target())
	return out
}

// target is the targets key of the repository.
func (d *desk) target() string {
	a, _ := d.look()
	for _, role := range a.Repositories[0].Roles {
		if role.Name == "targets" && len(role.Keys) > 0 {
			return role.Keys[0]
		}
	}
	return ""
}

// check applies a plan, and holds what comes of it against what it has promised.
func (d *desk) check(file, before string, pulled []string) {
	d.t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	var p planned
	if err := json.Unmarshal(text, &p); err != nil || len(p.Plan.Parts) != 1 {
		d.t.Fatalf("%v\n%s", err, text)
	}
	part := p.Plan.Parts[0]
	r := d.quiet("apply", file)
	d.said = r.Stderr
	switch part.Verdict.State {
	case "ready":
	case "nothing":
		if after := d.of.state(); r.Code != 0 || after != before {
			d.t.Errorf("nothing was to be done: exit code %d, %s after %s\n%s", r.Code, after, before, r.Stderr)
		}
		return
	default:
		if after := d.of.state(); r.Code != 2 || after != before {
			d.t.Errorf("the plan is %s: exit code %d, %s after %s\n%s", part.Verdict.State, r.Code, after, before, r.Stderr)
		}
		return
	}
	if r.Code != 0 {
		d.t.Errorf("trustdeck apply: exit code %d\n%s", r.Code, r.Stderr)
		return
	}
	d.count()
	var pending []string
	for _, role := range part.Pending {
		pending = append(pending, role.Role)
	}
	d.promised(pending)
	want := slices.DeleteFunc(append(slices.Clone(pulled), part.Impact.Gained...), func(tag string) bool { return slices.Contains(part.Impact.Lost, tag) })
	slices.Sort(want)
	if got := d.of.found(); !slices.Equal(got, want) {
		d.t.Errorf("docker finds %v, and %v were promised: %v, and more %v, less %v\n%s", got, want, pulled, part.Impact.Gained, part.Impact.Lost, r.Stderr)
	}
}

// promised checks that just those roles cannot be used that a plan has named.
func (d *desk) promised(pending []string) {
	d.t.Helper()
	if said := strings.Contains(d.said, "Done, pending "); said != (len(pending) > 0) {
		d.t.Errorf("it says that something is pending: %v, and %v is\n%s", said, pending, d.said)
	}
	a, r := d.look()
	for _, role := range a.Repositories[0].Roles {
		usable := role.State == "verified" || role.State == "unpublished"
		if usable == slices.Contains(pending, role.Name) {
			d.t.Errorf("%s is %s, and pending were %v\n%s", role.Name, role.State, pending, r.Stdout)
		}
	}
}
