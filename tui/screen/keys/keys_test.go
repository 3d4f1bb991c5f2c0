package keys_test

import (
	"crypto/ed25519"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/port"
	"trustdeck/model/publickey"
	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/screen/keys"
	"trustdeck/tui/tuitest"
)

const folder = "/home/ada/.docker/trust/private/"

func open(t *testing.T, source *tuitest.Source) *tuitest.Stage {
	t.Helper()
	return tuitest.NewStage(t, source, func(e *screen.Env) screen.Screen { return keys.New(e) }, 100, 25)
}

// drawer is a source with a key of every kind. The root key is listed as a
// certificate; the last two files hold what cannot be used.
func drawer() *tuitest.Source {
	source := tuitest.NewSource()
	for i, v := range source.Views {
		if v.GUN == tuitest.Expiring {
			certify(source.Views[i].Repository, tuitest.Expiring.String()+" root")
		}
	}
	plain := tuitest.LocalKeys()[1]
	plain.ID, plain.Encrypted, plain.Encoding = tuitest.Key("plain"), false, "PKCS#8"
	plain.Algorithm, plain.Legacy, plain.Uses = "Ed25519", true, nil
	plain.Path = folder + "tuf_keys/" + plain.GUN.String() + "/" + plain.ID.String() + "_targets.key"
	damaged := admin.KeyUse{PrivateKey: model.PrivateKey{
		Place: "file", Path: folder + "notes.key",
		Fault: &model.Fault{Kind: model.FaultLocal, Subject: folder + "notes.key", Text: "contains no complete PEM block", Hint: "Restore " + folder + "notes.key from a backup."},
	}}
	source.KeyUses[0].Backup = port.BackupMark{BackedUp: tuitest.Days(-5), Checked: tuitest.Days(-2), File: "/media/usb/trust.tar.gz"}
	source.KeyUses[1].Backup = port.BackupMark{BackedUp: tuitest.Days(-500), File: "/media/usb/old.tar.gz"}
	source.KeyUses = append(source.KeyUses, plain, damaged)
	return source
}

// A key on a token is opened by its PIN, and nobody asks for a backup of it.
func TestKeyOnToken(t *testing.T) {
	source := tuitest.NewSource()
	source.KeyUses = []admin.KeyUse{{PrivateKey: model.PrivateKey{
		ID: tuitest.Key("token"), Label: "root", Place: model.PlaceToken, Path: "YubiKey 1234567, slot 9c", Store: "YubiKey 1234567", Algorithm: "ECDSA P-256", Encrypted: true,
	}}}
	stage := open(t, source)
	stage.Resize(120, 60)
	view := ansi.Strip(stage.View())
	if _, ok := tuitest.Line(view, "root", "ECDSA P-256", "token", "PIN", "unused"); !ok {
		t.Errorf("the row is missing:\n%s", view)
	}
	for _, words := range []string{"PIN        needed to use the key", "TOKEN", "YubiKey 1234567, slot 9c"} {
		if !strings.Contains(view, words) {
			t.Errorf("%q is missing:\n%s", words, view)
		}
	}
	if strings.Contains(view, "backup create") || strings.Contains(view, "never") {
		t.Errorf("a backup is asked for:\n%s", view)
	}
}

// certify makes a repository list a key as a certificate, as Notary lists root
// keys.
func certify(r *model.Repository, name string) {
	for i := range r.Keys {
		if k := &r.Keys[i]; k.ID == tuitest.Key(name) {
			k.ListedAs = []model.KeyID{tuitest.Key("certificate of " + name)}
			k.Certificates = []model.Certificate{{Subject: "CN=" + r.GUN.String()}}
		}
	}
}

func TestPictures(t *testing.T) {
	stage := open(t, drawer())
	stage.Do(keymap.Bottom)
	stage.Picture("open", tuitest.Small, tuitest.Wide, tuitest.ASCII)
	stage.Do(keymap.Top, keymap.Down, keymap.Down)
	stage.Picture("damaged")
	stage.Do(keymap.Down)
	stage.Picture("root")
	stage.Do(keymap.Open)
	stage.Picture("detail", tuitest.Small)
	open(t, &tuitest.Source{}).Picture("none")
	open(t, &tuitest.Source{Err: &model.Fault{
		Kind: model.FaultLocal, Subject: folder, Text: "cannot be opened: permission denied", Hint: "Make the folder yours: chown -R ada " + folder,
	}}).Picture("barred")
	open(t, hostile()).Picture("hostile")
}

func TestEveryKeyWithItsState(t *testing.T) {
	stage := open(t, drawer())
	stage.Resize(160, 45)
	view := ansi.Strip(stage.View())
	for _, row := range [][]string{
		{"root", "-", "ECDSA P-256", "PKCS#8, PBES2", "file", "yes", "1", "●"},
		{"targets", tuitest.Expiring.String(), "yes", "1", "●"},
		{"targets", tuitest.Expiring.String(), "Ed25519", "PKCS#8", "none", "unused", "▲"},
		{"ci-bot", "yes", "2", "●"},
		{"laptop", "unused", "▲"},
		{"notes.key", "file", "▲"},
	} {
		if _, ok := tuitest.Line(view, row...); !ok {
			t.Errorf("%q is missing:\n%s", row, view)
		}
	}
	if left, right := stage.Screen.(screen.Statuser).Status(); ansi.Strip(left) != "6 private keys   ▲ 3 need action" || ansi.Strip(right) != "uses in 9 repositories" {
		t.Errorf("status %q, %q", ansi.Strip(left), ansi.Strip(right))
	}
}

// The detail has all names of the key in full, its file, and every use.
func TestDetail(t *testing.T) {
	root := tuitest.Expiring.String() + " root"
	groups := func(id model.KeyID) string {
		var out []string
		for i := 0; i < 32; i += 4 {
			out = append(out, string(id[i:i+4]))
		}
		return strings.Join(out, " ")
	}
	tests := []struct {
		filter string
		want   []string
	}{
		{tuitest.Key(root).String(), []string{
			"needed to use the key", "ECDSA P-256", "PKCS#8, PBES2", "2025-10-17 09:41 UTC  1 y 1 mo ago",
			"KEY ID", groups(tuitest.Key(root)), "FINGERPRINT", "LISTED AS CERTIFICATE", "CN=" + tuitest.Expiring.String() + " in " + tuitest.Expiring.String(),
			groups(tuitest.Key("certificate of " + root)), folder + tuitest.Key(root).String() + ".key",
			"USED IN", tuitest.Expiring.String() + "  root",
		}},
		{"ci-bot", []string{tuitest.Expiring.String() + "  targets/ci-bot", tuitest.Expiring.String() + "  targets/releases"}},
		{"laptop", []string{"▲ The file is open to other users (mode 0644).", "Run chmod 600 on it.", "No known repository lists this key."}},
		{"Ed25519", []string{"▲ Anyone who gets the file can sign", "trustdeck key passphrase " + tuitest.Key("plain").String(), "folders from before Notary 0.4"}},
		{"notes.key", []string{"▲ The file contains no complete PEM block.", "Restore " + folder + "notes.key from a backup."}},
	}
	for _, test := range tests {
		stage := open(t, drawer())
		stage.Resize(160, 90)
		s := stage.Screen.(*keys.Screen)
		s.SetFilter(test.filter)
		if shown, total := s.FilterCount(); shown != 1 || total != 6 {
			t.Fatalf("%s: %d of %d keys", test.filter, shown, total)
		}
		view := ansi.Strip(stage.View())
		for _, want := range test.want {
			if !strings.Contains(view, want) {
				t.Errorf("%s: %q is missing:\n%s", test.filter, want, view)
			}
		}
		if strings.Contains(view, "KEY ID") == (test.filter == "notes.key") {
			t.Errorf("%s: a file without ID has none to show:\n%s", test.filter, view)
		}
	}
}

// A key is found by whatever name a person or program calls it.
func TestFilterFindsAKeyByAnyOfItsNames(t *testing.T) {
	stage := open(t, drawer())
	s := stage.Screen.(*keys.Screen)
	root := tuitest.Key(tuitest.Expiring.String() + " root")
	certificate := tuitest.Key("certificate of " + tuitest.Expiring.String() + " root")
	fingerprint := model.Key{SPKI: []byte(root)}.Fingerprint()
	for _, name := range []string{
		root.String(), root.Short(), root.String()[:12], certificate.String(), certificate.Short(), fingerprint,
		folder + root.String(), "CN=" + tuitest.Expiring.String(), "root web/frontend",
	} {
		s.SetFilter(name)
		found := false
		for stage.Do(keymap.Top); ; stage.Do(keymap.Down) {
			items := s.CopyItems()
			found = found || len(items) > 0 && items[0].Text == root.String()
			if shown, _ := s.FilterCount(); found || shown <= 1 {
				break
			}
		}
		if !found {
			t.Errorf("not found by %q", name)
		}
	}
	s.SetFilter("\x1b[2Jnobody")
	if view := ansi.Strip(stage.View()); !strings.Contains(view, `No key is known by \x1b[2Jnobody.`) || !strings.Contains(view, "esc clears the filter.") {
		t.Errorf("got:\n%s", view)
	}
	if s.CopyItems() != nil {
		t.Error("something can be copied of nothing")
	}
}

func TestSort(t *testing.T) {
	stage := open(t, drawer())
	s := stage.Screen.(*keys.Screen)
	first := func() string {
		stage.Do(keymap.Top)
		line, _ := tuitest.Line(ansi.Strip(stage.View()), ">")
		return line
	}
	for column, title := range s.SortColumns() {
		for _, descending := range []bool{false, true} {
			s.SortBy(column, descending)
			if by, down := s.SortedBy(); by != column || down != descending {
				t.Errorf("%s: sorted by %d, %v", title, by, down)
			}
			stage.View()
		}
	}
	s.SortBy(slices.Index(s.SortColumns(), "BACKUP"), true)
	if line := first(); !strings.Contains(line, "root") {
		t.Errorf("by backup, the newest first: %q", line)
	}
	s.SortBy(slices.Index(s.SortColumns(), "USED"), true)
	if line := first(); !strings.Contains(line, "ci-bot") {
		t.Errorf("by uses the first is %q", line)
	}
	s.SortBy(0, true)
	if line := first(); !strings.Contains(line, "targets") {
		t.Errorf("by label, the last first: %q", line)
	}
}

// Everything that "key show" says of a public key is in its detail, and can be copied as it is.
func TestFormsOfThePublicKey(t *testing.T) {
	source := drawer()
	view := &source.Views[slices.IndexFunc(source.Views, func(v admin.Look) bool { return v.GUN == tuitest.Expiring })]
	spki, err := x509.MarshalPKIXPublicKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public())
	if err != nil {
		t.Fatal(err)
	}
	repo := *view.Repository
	repo.Keys = slices.Clone(repo.Keys)
	id := tuitest.Key(tuitest.Expiring.String() + " root")
	public := &repo.Keys[slices.IndexFunc(repo.Keys, func(k model.Key) bool { return k.Has(id) })]
	public.SPKI, public.Certificates = spki, slices.Clone(public.Certificates)
	public.Certificates[0].Raw = []byte("certificate")
	view.Repository = &repo
	other := tuitest.Key("the same in another format")
	use := &source.KeyUses[slices.IndexFunc(source.KeyUses, func(u admin.KeyUse) bool { return u.ID == id })]
	use.Also = []model.KeyID{other}

	stage := open(t, source)
	s := stage.Screen.(*keys.Screen)
	s.SetFilter(id.String())
	forms := publickey.Of(spki, id)
	copied := map[string]string{}
	for _, item := range s.CopyItems() {
		copied[item.Label] = item.Text
	}
	certificate := publickey.Certificate(public.Certificates[0])
	for label, want := range map[string]string{
		"key ID": id.String(), "other key ID": other.String(), "public key fingerprint": forms.Fingerprint, "fingerprint in words": strings.Join(forms.Words, " "),
		"public key, PEM": forms.PEM, "public key, JWK": forms.JWK, "JWK thumbprint": forms.Thumbprint, "certificate, web/frontend": certificate,
	} {
		if want == "" || copied[label] != want {
			t.Errorf("%s is copied as %q, want %q", label, copied[label], want)
		}
	}
	together := strings.NewReplacer("\n", "", " ", "").Replace
	detail, shown := s.Read().Detail, ""
	for i := range detail.Len() {
		shown += together(ansi.Strip(detail.Line(i)))
	}
	for _, want := range []string{other.String(), forms.Fingerprint, forms.PEM, forms.JWK, forms.Thumbprint, certificate} {
		if !strings.Contains(shown, together(want)) {
			t.Errorf("%q is not in the detail:\n%s", want, shown)
		}
	}
}

// Nothing that is copied is secret, and nothing is empty.
func TestCopies(t *testing.T) {
	stage := open(t, drawer())
	s := stage.Screen.(*keys.Screen)
	s.SetFilter(tuitest.Key(tuitest.Expiring.String() + " root").String())
	labels := ""
	for _, item := range s.CopyItems() {
		labels += item.Label + "; "
		if item.Text == "" {
			t.Errorf("%s is empty", item.Label)
		}
	}
	if labels != "key ID; certificate ID, web/frontend; public key fingerprint; fingerprint in words; public key, PEM; file; label; " {
		t.Errorf("copies %s", labels)
	}
	s.SetFilter("notes.key")
	if items := s.CopyItems(); len(items) != 1 || items[0].Text != folder+"notes.key" {
		t.Errorf("copies %+v", items)
	}
}

// An empty list says why it is empty, and what to do.
func TestWhyThereIsNothing(t *testing.T) {
	env := tuitest.NewEnv(t, tuitest.NewSource())
	s := keys.New(env)
	s.SetSize(80, 19)
	if view := s.View(); !strings.Contains(view, "Reading the private keys..") {
		t.Errorf("got:\n%s", view)
	}
	env = tuitest.NewEnv(t, &tuitest.Source{})
	env.Found = nil
	build := func(e *screen.Env) screen.Screen { return keys.New(e) }
	view := ansi.Strip(tuitest.StageIn(t, env, build, 80, 19).View())
	for _, want := range []string{"no trust folder is open", "trustdeck --trust-dir FOLDER", "docker trust key generate NAME"} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	view = ansi.Strip(open(t, &tuitest.Source{}).View())
	if !strings.Contains(view, "folder  /home/ada/.docker/trust") {
		t.Errorf("it does not say where it looked:\n%s", view)
	}
	// Nothing can be opened where nothing is.
	stage := open(t, &tuitest.Source{})
	for _, a := range stage.Screen.Actions() {
		if ok, why := a.Available(); a.ID == keymap.Open && (ok || why != "no key is selected") {
			t.Errorf("open: %v, %q", ok, why)
		}
	}
	stage.Send(screen.ClickMsg{X: 4, Y: 4})
	stage.Send(screen.WheelMsg{X: 4, Y: 4, Lines: 2})
	if stage.Screen.(screen.Cursorer).Cursor() != nil {
		t.Error("there is a cursor on nothing")
	}
}

// What could be read is shown beside the reason why that is not all.
func TestAFolderThatCouldNotBeReadToTheEnd(t *testing.T) {
	source := drawer()
	source.Err = &model.Fault{Kind: model.FaultLocal, Subject: folder, Text: "holds more than 100000 files", Hint: "Move what is no key elsewhere."}
	stage := open(t, source)
	stage.Resize(100, 40)
	view := ansi.Strip(stage.View())
	for _, want := range []string{"ci-bot", "Not all keys could be read: " + folder + ": holds more than 100000 files.", "Move what is no key elsewhere."} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing:\n%s", want, view)
		}
	}
	if left, _ := stage.Screen.(screen.Statuser).Status(); !strings.Contains(left, "holds more than 100000 files") {
		t.Errorf("status %q", left)
	}
}

// The uses are known when all repositories have been read; before that, no key
// is called unused.
func TestUsesAreGatheredAtTheEndOfTheSurvey(t *testing.T) {
	source := drawer()
	env := tuitest.NewEnv(t, source)
	s := keys.New(env)
	s.SetSize(100, 25)
	read, ok := s.Init()().(tea.BatchMsg)
	if !ok || len(read) != 2 {
		t.Fatalf("it does not read the keys and the repositories: %v", read)
	}
	play := func(cmd tea.Cmd) {
		tuitest.Settle(cmd(), func(msg tea.Msg) tea.Cmd {
			if news, cmd := env.Board.Update(msg); news != nil {
				return tea.Batch(cmd, s.Update(*news))
			}
			return s.Update(msg)
		})
	}
	play(read[0])
	if view := ansi.Strip(s.View()); strings.Contains(view, "unused") || !strings.Contains(view, "laptop") {
		t.Errorf("before the survey:\n%s", view)
	}
	if _, right := s.Status(); !strings.Contains(right, "so far") {
		t.Errorf("status %q", right)
	}
	if cmd := s.Update(screen.BoardMsg{Changed: []model.GUN{tuitest.Healthy}}); cmd != nil {
		t.Error("the uses are gathered in the middle of the survey")
	}
	play(read[1])
	if n := strings.Count(source.Calls(), "Keys"); n != 2 {
		t.Errorf("the keys were read %d times", n)
	}
	if view := ansi.Strip(s.View()); !strings.Contains(view, "unused") {
		t.Errorf("after the survey:\n%s", view)
	}
	// A look at one repository gathers the uses once more, a mere end of work
	// does not.
	play(env.Board.Open(tuitest.Healthy))
	if n := strings.Count(source.Calls(), "Keys"); n != 3 {
		t.Errorf("after one repository the keys were read %d times", n)
	}
	if cmd := s.Update(screen.BoardMsg{}); cmd != nil {
		t.Error("work was started for nothing")
	}
}

// Whoever looks at a key sees when it was last backed up, and whether the copy was tried.
func TestBackups(t *testing.T) {
	stage := open(t, drawer())
	stage.Resize(120, 45)
	for _, row := range [][]string{{"root", "5 d", "●"}, {"ci-bot", "never", "●"}, {"notes.key", "-", "▲"}} {
		if _, ok := tuitest.Line(ansi.Strip(stage.View()), row...); !ok {
			t.Errorf("%q is missing:\n%s", row, stage.View())
		}
	}
	for _, test := range []struct {
		down  int
		lines []string
	}{
		{0, []string{"Backed up  never, as far as trustdeck knows", "trustdeck backup create FILE"}},
		{3, []string{"5 d ago", "/media/usb/trust.tar.gz", "2 d ago"}},
		{4, []string{"never; the copy is untested", "The file has changed since then"}},
	} {
		stage.Do(keymap.Top)
		for range test.down {
			stage.Do(keymap.Down)
		}
		view := ansi.Strip(stage.View())
		for _, want := range test.lines {
			if !strings.Contains(view, want) {
				t.Errorf("row %d: %q is missing:\n%s", test.down, want, view)
			}
		}
	}
}

func TestRefreshReadsEverything(t *testing.T) {
	source := drawer()
	stage := open(t, source)
	source.KeyUses = source.KeyUses[:1]
	stage.Run(stage.Screen.(screen.Refresher).Refresh())
	if n := strings.Count(source.Calls(), "Survey"); n != 2 {
		t.Errorf("%d surveys", n)
	}
	if shown, total := stage.Screen.(screen.Filterer).FilterCount(); shown != 1 || total != 1 {
		t.Errorf("%d of %d keys", shown, total)
	}
}

func TestEnterAndMouseLeadToTheDetail(t *testing.T) {
	stage := open(t, drawer())
	stage.Resize(60, 12)
	stage.Do(keymap.Down, keymap.Open)
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "> laptop") {
		t.Errorf("got:\n%s", view)
	}
	stage.Do(keymap.NextPane)
	stage.Send(screen.ClickMsg{X: 4, Y: 4})
	stage.Send(screen.ClickMsg{X: 4, Y: 4})
	if view := ansi.Strip(stage.View()); !strings.Contains(view, "> notes.key") {
		t.Errorf("got:\n%s", view)
	}
}

// hostile is a source whose key files and repositories want to mislead.
func hostile() *tuitest.Source {
	source := tuitest.NewSource()
	evil := tuitest.LocalKeys()[2]
	evil.Label, evil.Encoding, evil.Place = "root\x1b[2J\u202etoor", "PEM\x07", "file\x1b]0;x\x07"
	evil.GUN, evil.Path = "registry.example.org/a\u202e", folder+"\x1b[31mred\n.key"
	evil.ID = model.KeyID("\x1b[5mzz")
	evil.Fault = &model.Fault{Subject: evil.Path, Text: "is \x1b[7m bad\r\n", Hint: "Run \x1b[1m rm"}
	long := tuitest.LocalKeys()[3]
	long.Label, long.Path = strings.Repeat("日本", 300), folder+strings.Repeat("x", 3000)
	source.KeyUses = []admin.KeyUse{evil, long}
	return source
}

func TestHostileKeys(t *testing.T) {
	stage := open(t, hostile())
	for _, size := range tuitest.Sizes() {
		stage.Resize(size.Body())
		for range 3 {
			stage.View()
			stage.Do(keymap.Open, keymap.PageDown)
			stage.View()
			stage.Do(keymap.NextPane, keymap.Down)
		}
		stage.Do(keymap.Top)
	}
	for _, item := range stage.Screen.(screen.Copier).CopyItems() {
		if item.Label != "key ID" && strings.ContainsAny(item.Text, "\x1b\n\x07\u202e") {
			t.Errorf("%s is copied as %q", item.Label, item.Text)
		}
	}
}

// A key that counts in thousands of places is drawn as quickly as any: its
// detail is laid out once.
func TestAKeyWithManyUses(t *testing.T) {
	source := &tuitest.Source{Views: tuitest.Many(3000)}
	use := tuitest.LocalKeys()[2]
	use.ID, use.Uses = tuitest.Key("alice"), nil
	for _, v := range source.Views {
		use.Uses = append(use.Uses, admin.Use{GUN: v.GUN, Role: "targets/alice"})
	}
	source.KeyUses = []admin.KeyUse{use}
	stage := open(t, source)
	if _, ok := tuitest.Line(ansi.Strip(stage.View()), "ci-bot", "3,000"); !ok {
		t.Errorf("got:\n%s", stage.View())
	}
	stage.Do(keymap.Open, keymap.Bottom, keymap.PageUp, keymap.PageUp)
	if view := ansi.Strip(stage.View()); !strings.Contains(view, fmt.Sprintf("%s  targets/alice", source.Views[2999].GUN)) {
		t.Errorf("got:\n%s", view)
	}
	allocs := testing.AllocsPerRun(5, func() {
		stage.Screen.Update(screen.ActionMsg{ID: keymap.Up})
		stage.Screen.View()
	})
	if allocs > 2000 {
		t.Errorf("one step in the detail takes %.0f allocations", allocs)
	}
}
