package admin_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/notary/notarytest"
	"trustdeck/model/port"
)

// stagedAt is when the changes of these tests were staged.
var stagedAt = now.Add(-50 * time.Hour)

// staged makes a file of a changelist, some minutes after the first.
func staged(minutes int, content string) port.StagedFile {
	name := fmt.Sprintf("%020d_uuid.change", stagedAt.Add(time.Duration(minutes)*time.Minute).UnixNano())
	return port.StagedFile{Name: name, Path: "/trust/tuf/" + name, Bytes: []byte(content), Modified: now}
}

const (
	removeTag = `{"action":"delete","role":"targets","type":"target","path":"v1","data":null}`
	witness   = `{"action":"update","role":"targets/releases","type":"witness","path":"","data":null}`
	purge     = `{"action":"update","role":"targets/*","type":"delegation","path":"","data":"eyJyZW1vdmVfa2V5cyI6WyIwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmIl19"}`
	noRole    = `{"action":"delete","role":"snapshot","type":"target","path":"v1","data":null}`
)

func local(role model.RoleName, version int64) port.LocalFile {
	return port.LocalFile{Role: role, Version: version, Modified: stagedAt}
}

func TestStagedFor(t *testing.T) {
	server := newMemory(newRepo())
	service, _ := newService(server)
	fresh := service.Open(context.Background(), gun)
	stale, _ := service.Cached(context.Background(), gun)
	absent := admin.Look{GUN: gun, Fault: &model.Fault{Kind: model.FaultNotFound, Text: "no trust data"}}
	away := admin.Look{GUN: gun, Fault: &model.Fault{Kind: model.FaultUnreachable, Text: "no answer"}}
	damaged := port.StagedFile{Name: "x", Path: "/trust/x", Modified: now, Fault: &model.Fault{Kind: model.FaultLocal, Subject: "/trust/x", Text: "is a symbolic link", Hint: "Remove it."}}
	tests := []struct {
		name     string
		view     admin.Look
		files    []port.StagedFile
		metadata []port.LocalFile
		want     string
		codes    string
	}{
		{"nothing", fresh, nil, nil, "compared", ""},
		{
			"changes in the order of the files", fresh,
			[]port.StagedFile{staged(0, removeTag), staged(5, witness)},
			nil,
			"compared; 0 remove tag v1 from targets; 1! re-sign targets/releases unchanged (witness)", "staged-changes/notice staged-change-unusable/warning",
		},
		{
			"what the repository cannot take", fresh,
			[]port.StagedFile{staged(0, strings.Replace(removeTag, "targets", "targets/none", 1)), staged(5, removeTag)},
			nil,
			"compared; 0! remove tag v1 from targets/none; 1 remove tag v1 from targets", "staged-changes/notice staged-change-unusable/warning",
		},
		{
			"what notary cannot read keeps its number", fresh,
			[]port.StagedFile{staged(0, "{"), staged(5, witness), damaged},
			nil,
			"compared; 0! it is not a staged change: unexpected end of JSON input; 1! re-sign targets/releases unchanged (witness); 2! is a symbolic link",
			"staged-change-unusable/warning staged-changes/notice staged-change-unusable/warning staged-change-unusable/warning",
		},
		{
			"what notary refuses says what it is", away,
			[]port.StagedFile{staged(0, noRole)},
			nil,
			`0! delete target v1 in "snapshot"`, "staged-changes/notice staged-change-unusable/warning",
		},
		{"initialised and never published", absent, nil, []port.LocalFile{local("root", 1), local("targets", 1)}, "compared; unpublished", "never-published/notice"},
		{"published once, and gone from the server", absent, nil, []port.LocalFile{local("root", 1), local("timestamp", 7)}, "compared", ""},
		{"no metadata here", absent, nil, nil, "compared", ""},
		{"not known whether the server has it", away, nil, []port.LocalFile{local("root", 1)}, "", ""},
		{"what is cached is no comparison", stale, nil, []port.LocalFile{local("root", 9)}, "", ""},
		{"as old as the server", fresh, nil, []port.LocalFile{local("root", 1), local("targets", 2), local("targets/gone", 9)}, "compared", ""},
		{
			"newer than the server", fresh, nil,
			[]port.LocalFile{local("targets/releases", 5), local("timestamp", 3), local("root", 2)},
			"compared; root 2>1; targets/releases 5>1; timestamp 3>2",
			"newer-than-server/warning newer-than-server/warning newer-than-server/warning",
		},
		{"a damaged file has no version", fresh, nil, []port.LocalFile{{Role: "root", Fault: damaged.Fault}}, "compared", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			service.Trust = &folder{
				staged:   map[model.GUN][]port.StagedFile{gun: tt.files},
				metadata: map[model.GUN][]port.LocalFile{gun: tt.metadata},
			}
			s := service.StagedFor(context.Background(), tt.view)
			if got := summary(s); got != tt.want {
				t.Errorf("got %q; want %q", got, tt.want)
			}
			var codes []string
			for _, f := range service.Doctor(context.Background(), []admin.Look{tt.view}) {
				if f.Code == admin.CodeServer || f.Code == string(model.ProblemMissing) || f.Code == admin.CodeFirstUse {
					continue
				}
				codes = append(codes, f.Code+"/"+f.Severity.String())
				if f.Text == "" || f.Remedy == "" || f.GUN != gun {
					t.Errorf("a finding without text, remedy or repository: %+v", f)
				}
			}
			slices.Sort(codes)
			want := strings.Fields(tt.codes)
			slices.Sort(want)
			if !slices.Equal(codes, want) {
				t.Errorf("findings %q; want %q", codes, want)
			}
		})
	}
}

// What trustdeck's own publish refuses, and the client that staged it may publish, has that
// reason, and is no fault.
func TestStagedThatIsRefusedHere(t *testing.T) {
	service, _ := newService(newMemory(newRepo()))
	service.Trust = &folder{staged: map[model.GUN][]port.StagedFile{gun: {staged(0, removeTag), staged(1, purge)}}}
	view := service.Open(t.Context(), gun)
	s := service.StagedFor(t.Context(), view)
	if len(s.Changes) != 2 || s.Unusable() != 0 || s.Changes[0].RefusedHere != nil || s.Changes[1].RefusedHere == nil {
		t.Fatalf("%+v", s.Changes)
	}
	why := s.Changes[1].RefusedHere
	if why.Text != "trustdeck publish refuses it: no delegation below targets lists a key that the change removes" || why.Subject != s.Changes[1].File {
		t.Errorf("%q", why.Error())
	}
	if want := "The client that staged it may still publish it. To publish the others with trustdeck, leave it out with --drop 1. Check which keys they have."; why.Hint != want {
		t.Errorf("%q, want %q", why.Hint, want)
	}
	for _, f := range service.Doctor(t.Context(), []admin.Look{view}) {
		if f.Code == admin.CodeStagedBad {
			t.Errorf("it is a finding: %+v", f)
		}
	}
}

// summary is what waits, in a line.
func summary(s admin.Staged) string {
	var out []string
	if s.Compared {
		out = append(out, "compared")
	}
	for _, c := range s.Changes {
		mark := ""
		if c.Fault != nil {
			mark = "!"
		}
		out = append(out, fmt.Sprintf("%d%s %s", c.Index, mark, c.Words()))
	}
	if s.Unpublished {
		out = append(out, "unpublished")
	}
	for _, a := range s.Ahead {
		out = append(out, fmt.Sprintf("%s %d>%d", a.Role, a.Local, a.Server))
	}
	return strings.Join(out, "; ")
}

// The time is in the name of the file; where it is not, the file's own date is
// as good as can be had.
func TestWhenAChangeWasStaged(t *testing.T) {
	for name, want := range map[string]time.Time{
		"01795229493419250730_0e32fe8d.change": time.Unix(0, 1795229493419250730),
		"README":                               now,
		"12345":                                now,
		"-5_x":                                 now,
		"0_x":                                  now,
		"00000000000000000001_x":               now,
		"99999999999999999999_x":               now,
	} {
		service, _ := newService(newMemory())
		service.Trust = &folder{staged: map[model.GUN][]port.StagedFile{gun: {{Name: name, Bytes: []byte(witness), Modified: now}}}}
		s := service.StagedFor(context.Background(), admin.Look{GUN: gun})
		if !s.Changes[0].At.Equal(want) || !s.Since().Equal(want) {
			t.Errorf("%s: %s; want %s", name, s.Changes[0].At, want)
		}
	}
}

func TestStagedOfAllRepositories(t *testing.T) {
	const typo, first, quiet model.GUN = "registry.example.com/acme/ap", "registry.example.com/new", "registry.example.com/quiet"
	other := notarytest.New(quiet, now.Add(-time.Hour))
	service, _ := newService(newMemory(newRepo(), other))
	trust := &folder{
		staged:   map[model.GUN][]port.StagedFile{gun: {staged(0, removeTag), staged(9, witness)}, typo: {staged(1, witness)}},
		metadata: map[model.GUN][]port.LocalFile{gun: {local("root", 1)}, first: {local("root", 1)}, quiet: {local("root", 1)}},
	}
	service.Trust = trust
	ctx := context.Background()
	var views []admin.Look
	if err := service.Survey(ctx, func(v admin.Look) {
		if v.Assessment.Level != health.Loading {
			views = append(views, v)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(views) != 4 {
		t.Errorf("%d repositories are known; what is staged makes a repository known", len(views))
	}
	staged, err := service.Staged(ctx, views)
	var got []string
	for _, s := range staged {
		got = append(got, string(s.GUN)+": "+summary(s))
		if s.Count() == 0 {
			t.Errorf("%s waits for nothing", s.GUN)
		}
	}
	want := []string{
		"registry.example.com/acme/ap: compared; 0 re-sign targets/releases unchanged (witness)",
		"registry.example.com/acme/app: compared; 0 remove tag v1 from targets; 1! re-sign targets/releases unchanged (witness)",
		"registry.example.com/new: compared; unpublished",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// A finding says how many and since when, and only of what is looked at.
	var texts []string
	for _, f := range service.Doctor(ctx, views[:0]) {
		texts = append(texts, f.Text)
	}
	if len(texts) != 0 {
		t.Errorf("findings about nothing: %q", texts)
	}
	for _, f := range service.Doctor(ctx, []admin.Look{{GUN: gun}}) {
		if want := "2 changes are staged but not published, since 2026-11-20 10:00 UTC"; f.Code == admin.CodeStaged && f.Text != want {
			t.Errorf("%q; want %q", f.Text, want)
		}
	}

	trust.stagedErr = &model.Fault{Kind: model.FaultLocal, Subject: "/trust/tuf", Text: "permission denied", Hint: "make it yours"}
	if staged, err := service.Staged(ctx, views); model.KindOf(err) != model.FaultLocal || len(staged) == 0 || staged[0].Fault == nil {
		t.Errorf("a folder that cannot be read: %+v, %v", staged, err)
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := service.Staged(stopped, views); err == nil {
		t.Error("it does not stop")
	}
}

// An archive is of another time and place: what waits here has nothing to do
// with it.
func TestNothingIsStagedForAnArchive(t *testing.T) {
	server := newMemory(newRepo())
	server.kind = model.SourceArchive
	service, _ := newService(server)
	service.Trust = &folder{staged: map[model.GUN][]port.StagedFile{gun: {staged(0, witness)}}}
	all, err := service.Staged(context.Background(), nil)
	if one := service.StagedFor(context.Background(), admin.Look{GUN: gun}); all != nil || err != nil || one.Count() != 0 {
		t.Errorf("%+v, %v, %+v", all, err, one)
	}
}

// The ways out are commands of the clients that stage changes.
func TestWaysOutOfStagedChanges(t *testing.T) {
	const first model.GUN = "registry.example.com/new"
	service, _ := newService(newMemory(newRepo()))
	service.Trust = &folder{
		staged:   map[model.GUN][]port.StagedFile{gun: {staged(0, removeTag), {Path: "/trust/1", Bytes: []byte("{")}}, first: {staged(0, witness)}},
		metadata: map[model.GUN][]port.LocalFile{first: {local("root", 1)}},
	}
	ctx := context.Background()
	var views []admin.Look
	if err := service.Survey(ctx, func(v admin.Look) {
		if v.Assessment.Level != health.Loading {
			views = append(views, v)
		}
	}); err != nil {
		t.Fatal(err)
	}
	const forget = "publish it with notary publish, or delete it with trustdeck delete"
	want := map[string]string{
		"registry.example.com/acme/app " + admin.CodeStaged:    "publish them with trustdeck publish, or drop them with trustdeck reset --entry all; docker trust drops them when it signs, revokes or inspects, and docker trust signer add publishes them",
		"registry.example.com/acme/app " + admin.CodeStagedBad: "Nothing can be published while it is there. Look at the file, then drop it with trustdeck reset --entry 1.",
		"registry.example.com/new " + admin.CodeStaged:         forget,
		"registry.example.com/new " + admin.CodeUnpublished:    forget,
	}
	for _, f := range service.Doctor(ctx, views) {
		place := string(f.GUN) + " " + f.Code
		if remedy, ok := want[place]; ok && f.Remedy != remedy {
			t.Errorf("%s: %q, want %q", place, f.Remedy, remedy)
		}
		delete(want, place)
	}
	if len(want) > 0 {
		t.Errorf("there is no finding for %v", want)
	}
}
