package doctor_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/model/token"
	"trustdeck/tui/flows"
	"trustdeck/tui/keymap"
	"trustdeck/tui/nav"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/doctor"
	"trustdeck/tui/tuitest"
)

func open(t *testing.T, source *tuitest.Source) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return doctor.New(e) }, 100, 25)
}

// ward is a source with findings of every kind.
func ward() *tuitest.Source {
	source := tuitest.NewSource()
	key := "/home/ada/.docker/trust/private/" + tuitest.Key("stray").String() + ".key"
	source.Findings = []health.Finding{
		{Code: admin.CodeServer, Severity: model.Failure, Text: "https://notary.example.org: no answer within 10 s", Remedy: "Check the network, then try again."},
		{Code: string(model.ProblemExpired), Severity: model.Failure, GUN: tuitest.Broken, Role: model.RoleTargets, Text: "targets expired 2026-11-19", Remedy: "renew targets with key 1c6d 0796"},
		{Code: admin.CodeKeyFile, Severity: model.Warning, Text: key + ": is open to other users (mode 0644)", Remedy: "Run chmod 600 on it."},
		{Code: health.CodeSoon, Severity: model.Warning, GUN: tuitest.Expiring, Role: "targets/ci-bot", Text: "targets/ci-bot expires 2026-12-03", Remedy: "sign it again"},
		{Code: string(model.ProblemDelegation), Severity: model.Warning, GUN: tuitest.Nested, Role: "targets/gone", Text: "targets/gone is no direct child"},
		{Code: admin.CodeKeyUnused, Severity: model.Notice, GUN: tuitest.Expiring, Key: tuitest.Key("stray"), Text: "the private key " + tuitest.Key("stray").Short() + " (targets) is listed by no repository that was read: " + key},
		{Code: admin.CodeFirstUse, Severity: model.Notice, GUN: tuitest.Healthy, Role: model.RoleRoot, Text: "its root is trusted only because it was the first one seen here", Remedy: "compare the fingerprint with its holder's, and pin it"},
		{Code: "about-nothing", Severity: model.Notice, Text: "worth knowing"},
	}
	return source
}

// sound is a source with nothing wrong.
func sound() *tuitest.Source {
	return &tuitest.Source{Views: tuitest.Many(14), KeyUses: tuitest.LocalKeys()}
}

func TestPictures(t *testing.T) {
	open(t, ward()).Picture("findings", tuitest.Small, tuitest.Wide, tuitest.ASCII, tuitest.Dark)
	stage := open(t, ward())
	stage.Do(keymap.Down, keymap.NextPane)
	stage.Picture("detail", tuitest.Small)
	open(t, sound()).Picture("well")
	open(t, &tuitest.Source{}).Picture("nothing")
	open(t, &tuitest.Source{Views: tuitest.Many(2), Panic: "boom"}).Picture("failed")
	open(t, hostile()).Picture("hostile")
}

// Worst first; each with what is wrong and the way out in full.
func TestFindingsWorstFirst(t *testing.T) {
	stage := open(t, ward())
	stage.Resize(160, 40)
	stage.Do(keymap.Top)
	for _, f := range ward().Findings {
		view := ansi.Strip(stage.View())
		row, ok := tuitest.Line(view, ">", f.Severity.String())
		if !ok {
			t.Fatalf("%s is not selected:\n%s", f.Code, view)
		}
		if f.GUN != "" && f.Key == "" && !strings.Contains(row, strings.TrimPrefix(f.GUN.String(), "registry.example.org/")[:7]) {
			t.Errorf("%s does not name its repository: %q", f.Code, row)
		}
		for _, want := range []string{f.GUN.String(), f.Role.String(), f.Code} {
			if !strings.Contains(view, want) {
				t.Errorf("%q is missing:\n%s", want, view)
			}
		}
		if f.Remedy != "" && !strings.Contains(strings.ToLower(view), strings.ToLower(strings.TrimSuffix(f.Remedy, "."))+".") {
			t.Errorf("the remedy %q is missing:\n%s", f.Remedy, view)
		}
		if _, last := tuitest.Line(view, "File ", "/home/"); last != strings.Contains(f.Text, "/home/") {
			t.Errorf("the path of a key file does not come last, by itself:\n%s", view)
		}
		stage.Do(keymap.Down)
	}
	if left, right := stage.Screen.(screen.Statuser).Status(); ansi.Strip(left) != "✗ 2 failures  ▲ 3 warnings  • 3 notices" || ansi.Strip(right) != "8 repositories examined now, r again" {
		t.Errorf("status %q, %q", ansi.Strip(left), ansi.Strip(right))
	}
}

// A finding about a token names it, and leads to the tokens; when one comes, all is examined again.
func TestTokenFindings(t *testing.T) {
	source := ward()
	source.Findings = []health.Finding{{Code: token.CodePINDefault, Severity: model.Warning, Text: "YubiKey 1234567: the PIN is the one from the factory", Remedy: "change it"}}
	stage := open(t, source)
	if _, ok := tuitest.Line(ansi.Strip(stage.View()), "warning", "YubiKey 1234567", "the PIN is the one from the factory"); !ok {
		t.Errorf("got:\n%s", ansi.Strip(stage.View()))
	}
	stage.Do(keymap.Open)
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Place(nav.KindTokens) {
		t.Errorf("it leads to %v", stage.Pushed)
	}
	before := strings.Count(source.Calls(), "Doctor")
	stage.Run(stage.Env.Board.Tokens()) // nothing is plugged in, as before
	if got := strings.Count(source.Calls(), "Doctor"); got != before {
		t.Errorf("examined %d times more", got-before)
	}
	source.Plugged = []admin.TokenUse{{Token: model.Token{Serial: "7"}}}
	stage.Run(stage.Env.Board.Tokens())
	if got := strings.Count(source.Calls(), "Doctor"); got != before+1 {
		t.Errorf("examined %d times more when a token came", got-before)
	}
}

// The path of a key file would fill the line: what is the matter comes first.
func TestWhatIsTheMatterWithAKeyFileComesFirst(t *testing.T) {
	if view := ansi.Strip(open(t, ward()).View()); !strings.Contains(view, "is open to other users (mode 06") {
		t.Errorf("got:\n%s", view)
	}
}

func TestEnterLeadsToWhatItIsAbout(t *testing.T) {
	tests := map[string]nav.Route{
		admin.CodeServer:                nav.Place(nav.KindLog),
		string(model.ProblemExpired):    nav.Role(tuitest.Broken, model.RoleTargets),
		admin.CodeKeyFile:               nav.Place(nav.KindKeys),
		health.CodeSoon:                 nav.Role(tuitest.Expiring, "targets/ci-bot"),
		string(model.ProblemDelegation): nav.Repo(tuitest.Nested, nav.TabRoles),
		admin.CodeKeyUnused:             nav.Key(tuitest.Key("stray")),
		admin.CodeFirstUse:              nav.Role(tuitest.Healthy, model.RoleRoot),
	}
	for code, want := range tests {
		stage := open(t, ward())
		stage.Screen.(screen.Filterer).SetFilter(code)
		stage.Do(keymap.Open)
		if len(stage.Pushed) != 1 || stage.Pushed[0] != want {
			t.Errorf("%s leads to %v, want %v", code, stage.Pushed, want)
		}
	}
	stage := open(t, ward())
	stage.Do(keymap.Bottom)
	off := false
	for _, a := range stage.Screen.Actions() {
		if ok, why := a.Available(); a.ID == keymap.Open {
			off = !ok && why == "this finding has no single place"
		}
	}
	if !off {
		t.Error("a finding about nothing can be opened")
	}
	if stage.Send(screen.ActionMsg{ID: keymap.Open}); len(stage.Pushed) != 0 {
		t.Errorf("went to %v", stage.Pushed)
	}
}

// Where a change mends what was found, enter begins it with its answers filled in, and
// o leads to the place. Where nothing can be changed, enter leads there too.
func TestEnterRepairs(t *testing.T) {
	found := health.Finding{
		Code: string(model.ProblemExpired), Severity: model.Failure, GUN: tuitest.Broken, Role: model.RoleTargets, Text: "targets expired",
		Repair: model.Renew{Roles: []model.RoleName{model.RoleTargets}},
	}
	place := nav.Role(tuitest.Broken, model.RoleTargets)
	begin := func(source flows.Backend) *tuitest.Stage {
		findings := tuitest.NewSource()
		findings.Findings = []health.Finding{found}
		return tuitest.NewStage(t, findings, func(e *screen.Env) screen.Screen {
			e.Flows = flows.All(flows.Ports{Backend: source})
			return doctor.New(e)
		}, 100, 25)
	}
	stage := begin(tuitest.NewGuideBackend())
	stage.Do(keymap.DoctorRepair)
	stage.Do(keymap.DoctorPlace)
	want := nav.Flow("renew", map[string][]string{"repositories": {string(tuitest.Broken)}, "roles": {"targets"}})
	if len(stage.Pushed) != 2 || stage.Pushed[0] != want || stage.Pushed[1] != place {
		t.Errorf("enter and o lead to %v, want %v and %v", stage.Pushed, want, place)
	}
	stage = begin(nil)
	stage.Do(keymap.Open)
	if len(stage.Pushed) != 1 || stage.Pushed[0] != place {
		t.Errorf("where nothing can be changed, enter leads to %v, want %v", stage.Pushed, place)
	}
}

// Enter on a key without a backup begins the backup of that key; it needs no server.
func TestEnterBacksUp(t *testing.T) {
	found := health.Finding{Code: admin.CodeKeyUnsaved, Severity: model.Warning, Key: tuitest.Key("mine"), Text: "the private key 1 has no known backup: /private/a.key"}
	begin := func(backups flows.Backups) *tuitest.Stage {
		findings := tuitest.NewSource()
		findings.Findings = []health.Finding{found}
		stage := tuitest.NewStage(t, findings, func(e *screen.Env) screen.Screen {
			e.Flows = flows.All(flows.Ports{Backups: backups})
			return doctor.New(e)
		}, 100, 25)
		return stage
	}
	stage := begin(tuitest.NewBackupBackend())
	stage.Do(keymap.DoctorRepair)
	want := nav.Flow("backup-create", map[string][]string{"what": {"keys"}, "keys": {string(found.Key)}})
	if len(stage.Pushed) != 1 || stage.Pushed[0] != want {
		t.Errorf("enter leads to %v, want %v", stage.Pushed, want)
	}
	found.Code = admin.CodeKeyExposed
	stage = begin(tuitest.NewBackupBackend())
	stage.Do(keymap.DoctorRepair)
	want = nav.Flow("key-protect", map[string][]string{"keys": {string(found.Key)}})
	if len(stage.Pushed) != 1 || stage.Pushed[0] != want {
		t.Errorf("on a key file that others may read, enter leads to %v, want %v", stage.Pushed, want)
	}
	found.Code = admin.CodeKeyUnsaved
	stage = begin(nil)
	stage.Do(keymap.Open)
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Key(found.Key) {
		t.Errorf("where no backup can be made, enter leads to %v", stage.Pushed)
	}
}

// problemCodes are all kinds of problems, as the source of the model lists them.
func problemCodes(t *testing.T) []model.ProblemCode {
	t.Helper()
	source, err := os.ReadFile("../../../model/problem.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []model.ProblemCode
	for _, match := range regexp.MustCompile(`ProblemCode = "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1) {
		out = append(out, model.ProblemCode(match[1]))
	}
	if len(out) < 30 {
		t.Fatalf("only %d kinds of problems were found", len(out))
	}
	return out
}

// mended are all kinds of problems that a change mends, each in every role, as health
// judges them.
func mended(t *testing.T) []health.Finding {
	t.Helper()
	var out []health.Finding
	for _, code := range problemCodes(t) {
		for i := range tuitest.World()[0].Repository.Roles {
			r := tuitest.World()[0].Repository
			role := &r.Roles[i]
			role.Problems = []model.Problem{{Code: code, Severity: model.Failure, Role: role.Name, Text: string(role.Name) + " is wrong"}}
			for _, f := range health.Assess(r, health.DefaultOptions()).Findings {
				if f.Repair != nil && f.Code == string(code) {
					out = append(out, f)
				}
			}
		}
	}
	return out
}

// Whatever is found: the fix that a finding names is the one that enter opens, with its
// answers, and the detail calls it by the name that it has there.
func TestTheFixThatIsNamedOpens(t *testing.T) {
	verbs := map[string]string{
		"renew": "renew", "witness": "witness", "rotate": "rotate", "accept-root": "accept-root", "accept-rollback": "accept-rollback",
		"signer-add": "add", "signer-remove": "remove", "off-board": "remove",
	}
	seen := map[string]bool{}
	for _, f := range mended(t) {
		source := tuitest.NewSource()
		source.Findings = []health.Finding{f}
		known := flows.All(flows.Ports{Backend: tuitest.NewGuideBackend()})
		stage := tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen {
			e.Flows = known
			return doctor.New(e)
		}, 100, 40)
		stage.Do(keymap.DoctorRepair)
		if len(stage.Pushed) != 1 || stage.Pushed[0].Kind != nav.KindFlow {
			t.Errorf("%s of %s: enter leads to %v", f.Code, f.Role, stage.Pushed)
			continue
		}
		route := stage.Pushed[0]
		id, given, _ := flows.Prefilled(f.GUN, f.Repair)
		if route != nav.Flow(id, given) {
			t.Errorf("%s of %s leads to %s", f.Code, f.Role, route)
		}
		if !strings.Contains(f.Remedy, verbs[id]) {
			t.Errorf("%s of %s opens %s, and says: %s", f.Code, f.Role, id, f.Remedy)
		}
		if view := ansi.Strip(stage.View()); !strings.Contains(view, "enter: "+known.Find(id).Title+", with the answers filled in.") {
			t.Errorf("%s of %s does not say what enter does:\n%s", f.Code, f.Role, view)
		}
		seen[id] = true
	}
	for _, id := range []string{"renew", "witness", "rotate", "accept-root", "accept-rollback"} {
		if !seen[id] {
			t.Errorf("no finding leads to %s", id)
		}
	}
}

// No two rows look alike, at any width: a finding about one of two roles or repositories
// would be taken for the other.
func TestRowsDiffer(t *testing.T) {
	source := tuitest.NewSource()
	source.Findings = nil
	for _, gun := range []model.GUN{tuitest.Healthy, tuitest.Nested, tuitest.Nested + "-too"} {
		for _, role := range []model.RoleName{"root", "targets", "targets/releases", "targets/ci-bot", "snapshot"} {
			source.Findings = append(source.Findings, health.Finding{
				Code: string(model.ProblemThreshold), Severity: model.Failure, GUN: gun, Role: role,
				Text: string(role) + " has 0 of the 2 signatures that it needs from the keys that it lists",
			})
		}
	}
	for _, name := range []string{"one", "two"} {
		id := tuitest.Key(name)
		source.Findings = append(source.Findings,
			health.Finding{Code: admin.CodeKeyUnused, Key: id, Text: "the private key " + id.Short() + " (targets) is listed by no repository that was read: /home/" + name},
			health.Finding{Code: admin.CodeKeyFile, Text: "/home/ada/.docker/trust/private/" + id.String() + ".key: is not PEM"})
	}
	for _, width := range []int{60, 80, 100, 120, 200} {
		stage := open(t, source)
		stage.Resize(width, 60)
		rows := map[string]bool{}
		for line := range strings.SplitSeq(ansi.Strip(stage.View()), "\n") {
			if line = strings.TrimLeft(line, "> "); strings.Contains(line, "has 0 of") || strings.Contains(line, "is listed by") || strings.Contains(line, "is not PEM") {
				if rows[line] && !strings.HasSuffix(line, ".") {
					t.Errorf("at %d columns two rows are %q", width, line)
				}
				rows[line] = true
			}
		}
		if len(rows) < len(source.Findings) {
			t.Errorf("at %d columns there are %d rows for %d findings:\n%s", width, len(rows), len(source.Findings), stage.View())
		}
	}
}

func TestNoticesCanBeHidden(t *testing.T) {
	stage := open(t, ward())
	count := stage.Screen.(screen.Filterer).FilterCount
	stage.Do(keymap.DoctorProblems)
	if shown, total := count(); shown != 5 || total != 5 {
		t.Errorf("%d of %d", shown, total)
	}
	if left, _ := stage.Screen.(screen.Statuser).Status(); !strings.Contains(left, "notices hidden, f shows them") {
		t.Errorf("status %q", left)
	}
	stage.Do(keymap.DoctorProblems)
	if shown, _ := count(); shown != 8 {
		t.Errorf("%d are shown again", shown)
	}
	source := ward()
	source.Findings = source.Findings[5:]
	stage = open(t, source)
	stage.Do(keymap.DoctorProblems)
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "There are no failures and no warnings.") || !strings.Contains(view, "f shows 3 notices.") {
		t.Errorf("got:\n%s", view)
	}
}

func TestFilterAndSort(t *testing.T) {
	stage := open(t, ward())
	s := stage.Screen.(*doctor.Screen)
	for pattern, want := range map[string]int{"failure": 2, "expire": 2, "web/frontend": 2, "chmod": 1, "targets/gone": 1, "": 8} {
		s.SetFilter(pattern)
		if shown, _ := s.FilterCount(); shown != want {
			t.Errorf("%q shows %d, want %d", pattern, shown, want)
		}
	}
	s.SetFilter("\x07nothing")
	if view := ansi.Strip(stage.View()); !strings.Contains(view, `No finding matches \x07nothing.`) {
		t.Errorf("got:\n%s", view)
	}
	s.SetFilter("")
	for column := range s.SortColumns() {
		s.SortBy(column, true)
		if by, descending := s.SortedBy(); by != column || !descending {
			t.Errorf("sorted by %d, %v", by, descending)
		}
		stage.View()
	}
	s.SortBy(0, true)
	stage.Do(keymap.Top)
	if _, ok := tuitest.Line(ansi.Strip(stage.View()), ">", "notice"); !ok {
		t.Errorf("the least grave is not first:\n%s", stage.View())
	}
	s.SortBy(slices.Index(s.SortColumns(), "CODE"), false)
	stage.Do(keymap.Top)
	if _, ok := tuitest.Line(ansi.Strip(stage.View()), ">", "this machine"); !ok {
		t.Errorf("not sorted by code:\n%s", stage.View())
	}
}

// Where all is well it is said what that rests on, at every size to the end.
func TestAllIsWell(t *testing.T) {
	for _, size := range tuitest.Sizes() {
		stage := open(t, sound())
		stage.Resize(size.Body())
		seen := ""
		for range 12 {
			seen += ansi.Strip(stage.View()) + "\n"
			stage.Do(keymap.Down)
		}
		for _, want := range []string{
			"● Nothing is wrong.", "notary.example.org answers", "14 repositories: 84 roles", "every signature",
			"none within 30 d", "each can sign what clients pull", "whether a role", "role uses",
		} {
			if !strings.Contains(seen, want) {
				t.Errorf("%s: %q is missing:\n%s", size, want, stage.View())
			}
		}
	}
	left, _ := open(t, sound()).Screen.(screen.Statuser).Status()
	if ansi.Strip(left) != "● nothing is wrong" {
		t.Errorf("status %q", left)
	}
}

// Not having looked at anything is not well.
func TestNothingExamined(t *testing.T) {
	stage := open(t, &tuitest.Source{Err: &model.Fault{Kind: model.FaultUnauthorized, Subject: "changefeed", Text: "is not for you"}})
	view := ansi.Strip(stage.View())
	for _, want := range []string{"Not all repositories could be found: changefeed: is not for you.", "No repository was checked, because none is known at notary.example.org."} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	if strings.Contains(view, "Nothing is wrong") {
		t.Errorf("it is called well:\n%s", view)
	}
}

// The examination waits for the survey, and is done again when something has
// been read again.
func TestExaminesWhenAllHasBeenRead(t *testing.T) {
	source := ward()
	env := tuitest.NewEnv(t, source)
	s := doctor.New(env)
	s.SetSize(100, 25)
	var early []string
	play := func(cmd tea.Cmd) {
		tuitest.Settle(cmd(), func(msg tea.Msg) tea.Cmd {
			if env.Board.Surveying() && strings.Contains(source.Calls(), "Doctor") {
				early = append(early, source.Calls())
			}
			if news, cmd := env.Board.Update(msg); news != nil {
				return tea.Batch(cmd, s.Update(*news))
			}
			return s.Update(msg)
		})
	}
	survey := s.Init()
	if view := s.View(); !strings.Contains(view, "Reading the list of repositories..") {
		t.Errorf("got:\n%s", view)
	}
	play(survey)
	if len(early) > 0 {
		t.Errorf("it began before all was read: %v", early)
	}
	if calls := source.Calls(); calls != "Survey Doctor" {
		t.Errorf("called %s", calls)
	}
	play(env.Board.Open(tuitest.Healthy))
	if n := strings.Count(source.Calls(), "Doctor"); n < 2 {
		t.Errorf("after one repository was read again: %s", source.Calls())
	}
	if cmd := s.Update(screen.BoardMsg{}); cmd != nil {
		t.Error("work was started for nothing")
	}
	calls := strings.Count(source.Calls(), "Doctor")
	play(s.Refresh())
	if strings.Count(source.Calls(), "Doctor") != calls+1 || strings.Count(source.Calls(), "Survey") != 2 {
		t.Errorf("after a refresh: %s", source.Calls())
	}
}

// Who comes from the list of repositories waits for the examination alone.
func TestWhatHasBeenReadIsNotReadAgain(t *testing.T) {
	source := ward()
	stage := open(t, source)
	tuitest.StageIn(t, stage.Env, func(e *screen.Env) screen.Screen { return doctor.New(e) }, 80, 19)
	if calls := source.Calls(); calls != "Survey Doctor Doctor" {
		t.Errorf("called %s", calls)
	}
}

func TestProgressIsShown(t *testing.T) {
	source := ward()
	source.Gate = make(chan struct{})
	env := tuitest.NewEnv(t, source)
	s := doctor.New(env)
	s.SetSize(80, 19)
	survey := s.Init()
	answer := make(chan tea.Msg)
	go func() { answer <- survey() }()
	if _, right := s.Status(); !strings.Contains(right, "reading, 0 of 0") {
		t.Errorf("status %q", right)
	}
	close(source.Gate)
	var seen []string
	tuitest.Settle(<-answer, func(msg tea.Msg) tea.Cmd {
		var cmd tea.Cmd
		if news, next := env.Board.Update(msg); news != nil {
			cmd = tea.Batch(next, s.Update(*news))
		} else {
			cmd = s.Update(msg)
		}
		_, right := s.Status()
		seen = append(seen, ansi.Strip(right)+" / "+ansi.Strip(s.View()))
		return cmd
	})
	all := strings.Join(seen, "\n")
	for _, want := range []string{"of 10", "so far..", "are among the findings", "looking..", "Looking for problems in 10 repositories.."} {
		if !strings.Contains(all, want) {
			t.Errorf("%q was never shown", want)
		}
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	source := ward()
	stage := open(t, source)
	// Two examinations; the earlier one ends last.
	begin := func() tea.Cmd {
		return stage.Screen.Update(screen.BoardMsg{Changed: []model.GUN{tuitest.Healthy}})
	}
	early, late := begin(), begin()
	source.Findings = source.Findings[:1]
	stage.Run(late)
	source.Findings = nil
	stage.Run(early)
	if shown, _ := stage.Screen.(screen.Filterer).FilterCount(); shown != 1 {
		t.Errorf("%d findings are shown", shown)
	}
}

func TestLeavingStopsTheWork(t *testing.T) {
	source := ward()
	stage := open(t, source)
	source.Gate, source.Findings = make(chan struct{}), nil
	work := stage.Screen.Update(screen.BoardMsg{Changed: []model.GUN{tuitest.Healthy}})
	answer := make(chan tea.Msg)
	go func() { answer <- work() }()
	stage.Screen.(screen.Closer).Close()
	// The gate stays shut: only being cancelled ends the work.
	stage.Screen.Update(<-answer)
	if shown, _ := stage.Screen.(screen.Filterer).FilterCount(); shown != 8 {
		t.Errorf("%d findings: the answer came although the screen was left", shown)
	}
}

// When an examination fails, what the last one found stays.
func TestOldFindingsStayWhenItFails(t *testing.T) {
	source := ward()
	stage := open(t, source)
	source.Panic = errors.New("boom\x1b[2J")
	stage.Run(stage.Screen.Update(screen.BoardMsg{Changed: []model.GUN{tuitest.Healthy}}))
	if shown, _ := stage.Screen.(screen.Filterer).FilterCount(); shown != 8 {
		t.Errorf("%d findings are left", shown)
	}
	left, _ := stage.Screen.(screen.Statuser).Status()
	if !strings.Contains(left, `boom\x1b[2J`) {
		t.Errorf("status %q", left)
	}
}

func TestCopies(t *testing.T) {
	stage := open(t, ward())
	stage.Do(keymap.Down)
	items := stage.Screen.(screen.Copier).CopyItems()
	want := []string{"targets expired 2026-11-19", "renew targets with key 1c6d 0796", tuitest.Broken.String()}
	if len(items) != 4 {
		t.Fatalf("copies %+v", items)
	}
	for i, w := range want {
		if items[i].Text != w {
			t.Errorf("%s is %q, want %q", items[i].Label, items[i].Text, w)
		}
	}
	lines := strings.Split(strings.TrimSpace(items[3].Text), "\n")
	if len(lines) != 8 || lines[1] != "failure expired "+tuitest.Broken.String()+" targets: targets expired 2026-11-19. Renew targets with key 1c6d 0796." {
		t.Errorf("the list is\n%s", items[3].Text)
	}
	if items := open(t, sound()).Screen.(screen.Copier).CopyItems(); items != nil {
		t.Errorf("copies %+v of nothing", items)
	}
}

func TestMouse(t *testing.T) {
	stage := open(t, ward())
	stage.Send(screen.ClickMsg{X: 5, Y: 3})
	stage.Send(screen.ClickMsg{X: 5, Y: 3})
	if len(stage.Pushed) != 1 || stage.Pushed[0] != nav.Role(tuitest.Broken, model.RoleTargets) {
		t.Errorf("went to %v", stage.Pushed)
	}
	stage.Send(screen.WheelMsg{X: 5, Y: 5, Lines: 2})
	if _, ok := tuitest.Line(ansi.Strip(stage.View()), ">", "expires in 12 d"); !ok {
		t.Errorf("the wheel leads to:\n%s", stage.View())
	}
	stage = open(t, sound())
	stage.Resize(60, 8)
	stage.Send(screen.ClickMsg{X: 5, Y: 3})
	stage.Send(screen.WheelMsg{X: 5, Y: 5, Lines: 2})
	if view := ansi.Strip(stage.View()); strings.Contains(view, "Nothing is wrong") {
		t.Errorf("the wheel does not scroll:\n%s", view)
	}
}

// hostile is a source whose findings want to take over the terminal.
func hostile() *tuitest.Source {
	source := tuitest.NewSource()
	source.Findings = []health.Finding{
		{Code: "code\x1b[2J", Severity: model.Failure, GUN: "evil/\u202egnp", Role: "targets/\x07", Text: "a\nb\x1b[31m\xff", Remedy: "\x1b]0;x\x07"},
		{Code: admin.CodeKeyFile, Severity: 7, Text: strings.Repeat("/日本", 900) + ": \x1b[5m", Remedy: strings.Repeat("x", 5000)},
		{Severity: -1},
	}
	return source
}

func TestHostileFindings(t *testing.T) {
	stage := open(t, hostile())
	for _, size := range tuitest.Sizes() {
		stage.Resize(size.Body())
		stage.Do(keymap.Top)
		for range 4 {
			stage.View()
			stage.Do(keymap.NextPane, keymap.PageDown)
			stage.View()
			stage.Do(keymap.NextPane, keymap.Down)
		}
		left, right := stage.Screen.(screen.Statuser).Status()
		tuitest.CheckView(t, left+right, 200, 1)
	}
	for _, item := range stage.Screen.(screen.Copier).CopyItems() {
		if strings.ContainsAny(strings.ReplaceAll(item.Text, ".\n", "."), "\x1b\x07\u202e") {
			t.Errorf("%s is copied as %q", item.Label, item.Text)
		}
	}
}
