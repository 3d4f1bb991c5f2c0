package detail

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/dialect"
	"trustdeck/model/health"
	"trustdeck/model/quorum"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/theme"
	"trustdeck/tui/widget"
)

// barWidth is the width of the bar of remaining time.
const barWidth = 20

// Mark is the mark of a role: its verdict, and whether a finding warns of it.
func Mark(s *theme.Styles, view admin.Look, role *model.Role) theme.Mark {
	for _, f := range view.Assessment.Findings {
		if f.Role == role.Name && f.Severity >= model.Warning {
			return s.ForRole(role, true)
		}
	}
	return s.ForRole(role, false)
}

// Severity is how badly off a role is: Failure where clients refuse it, Warning where
// something warns of it, else Notice.
func Severity(view admin.Look, role *model.Role) model.Severity {
	worst := model.Notice
	if !role.Usable() && role.State != model.RoleUnpublished && role.State != model.RoleUnavailable {
		worst = model.Failure
	}
	for _, f := range view.Assessment.Findings {
		if f.Role == role.Name {
			worst = max(worst, f.Severity)
		}
	}
	for _, p := range role.Problems {
		worst = max(worst, p.Severity)
	}
	return worst
}

// DueTone is the colour of a date of expiry that is so urgent.
func DueTone(s *theme.Styles, due health.Level) theme.Tone {
	if due == health.OK {
		return theme.Plain
	}
	return s.ForLevel(due).Tone
}

// ExpiryTone is the colour of the date on which a role expires. What else is wrong with
// the role has nothing to do with it.
func ExpiryTone(env *screen.Env, role *model.Role) theme.Tone {
	return DueTone(env.Styles, health.Options{Soon: env.Soon}.Due(role, env.Now()))
}

// Role lays out everything about a role in lines of at most width cells.
// View.Repository must not be nil.
func Role(env *screen.Env, view admin.Look, role *model.Role, width int) widget.StaticText {
	r := roleDoc{
		Doc: widget.NewDoc(env.Styles, width), env: env, view: view,
		repo: view.Repository, role: role, words: env.DialectOf(view.GUN).Words(),
	}
	if r.problems("PROBLEMS", role.Name, role.Problems) {
		r.Space()
	}
	r.summary()
	if role.Name == model.RoleRoot {
		r.problems("ABOUT THE REPOSITORY", "", r.repo.Problems)
	}
	r.keys()
	r.signatures()
	r.paths()
	r.meta()
	r.identifiers()
	r.file()
	return r.Lines()
}

type roleDoc struct {
	*widget.Doc
	env  *screen.Env
	view admin.Look
	repo *model.Repository
	role *model.Role
	// words are those of the repository's dialect.
	words dialect.Words
}

func (r *roleDoc) summary() {
	role, now := r.role, r.env.Now()
	r.Fact("Role", text.Clean(role.Name.String()))
	mark := Mark(r.env.Styles, r.view, role)
	state := mark.Glyph + " " + role.State.String()
	if role.Expired {
		state += ", expired"
	}
	if role.Version > 0 {
		state += fmt.Sprintf(", version %d", role.Version)
	}
	r.TonedFact("State", state, mark.Tone)
	if !role.Expires.IsZero() {
		r.TonedFact("Expires", r.Row(text.UTC(role.Expires), text.Relative(role.Expires, now)), ExpiryTone(r.env, role))
		if bar := r.bar(); bar != "" {
			r.Fact("", bar)
		}
	}
	r.Fact("Threshold", text.Count(role.Threshold, "signature")+" needed of "+text.Count(len(role.Keys), "key"))
	if opens := role.SigningOpens; !opens.IsZero() {
		r.Fact("Signing", r.Row("opens "+text.Date(opens), text.Relative(opens, now)))
	}
	if days := int(role.Lifetime / (24 * time.Hour)); days > 0 {
		r.Fact("Lifetime", text.Count(days, "day")+" for each version")
	}
	if len(role.Signatures) > 0 {
		r.Fact("Signed by", fmt.Sprintf("%d valid, %d other", role.Valid, len(role.Signatures)-role.Valid))
	}
	if role.Name == model.RoleRoot {
		r.anchor()
	}
	if role.Name.HoldsTargets() && role.State != model.RoleUnpublished {
		r.Fact("Lists", text.Count(len(role.Targets), r.words.Target))
	}
	if role.State == model.RoleUnpublished {
		r.Para("This delegation never had content. Its holders can publish any time.", theme.Dim)
	}
}

// anchor says why the root is believed, and over which versions it was reached.
func (r *roleDoc) anchor() {
	a := r.repo.Anchor
	tone := theme.Plain
	if a.Kind == model.AnchorNone || a.Kind == model.AnchorFirstUse {
		tone = theme.Warn
	}
	words := Anchor(a)
	if a.Source != "" {
		words += " (" + text.Clean(a.Source) + ")"
	}
	r.TonedFact("Trusted", words, tone)
	if len(a.Walked) > 1 {
		r.Fact("Walked", fmt.Sprintf("from v%d to v%d, each signed by the one before", a.Walked[0], a.Walked[len(a.Walked)-1]))
	}
}

// Anchor puts into words why a root is believed.
func Anchor(a model.Anchor) string {
	words := map[model.AnchorKind]string{
		model.AnchorPin: "pinned", model.AnchorTrustDir: "as in the trust folder",
		model.AnchorOwn: "as seen before", model.AnchorFirstUse: "on first use",
		model.AnchorArchive: "by the archive's oldest root",
	}[a.Kind]
	if words == "" {
		return "by nothing"
	}
	if a.Version > 0 {
		words += fmt.Sprintf(", root v%d", a.Version)
	}
	return words
}

// bar shows how much of the lifetime is left, where the begin is known.
func (r *roleDoc) bar() string {
	role, now, g := r.role, r.env.Now(), &r.env.Styles.Glyphs
	life := role.Expires.Sub(role.Modified)
	if role.Modified.IsZero() || life <= 0 {
		return ""
	}
	left := max(role.Expires.Sub(now), 0)
	full := min(int(float64(barWidth)*float64(left)/float64(life)+0.5), barWidth)
	return strings.Repeat(g.Bar, full) + strings.Repeat(g.BarEmpty, barWidth-full) +
		fmt.Sprintf(" %d%% left", min(int(100*float64(left)/float64(life)), 100))
}

// problems lists the findings about a role, or about the repository where name
// is empty, then what verification found beside them, each with the way out. It reports
// whether there are any.
func (r *roleDoc) problems(title string, name model.RoleName, found []model.Problem) bool {
	st := r.env.Styles
	seen := map[string]bool{}
	add := func(severity model.Severity, words, remedy string) {
		if seen[words] {
			return
		}
		if len(seen) == 0 {
			r.Head(title)
		}
		seen[words] = true
		r.Marked(st.ForSeverity(severity), text.Sentence(text.Clean(words)))
		if remedy != "" {
			r.Indented(text.Sentence(text.Clean(remedy)), theme.Accent)
		}
	}
	for _, f := range r.view.Assessment.Findings {
		if f.Role == name {
			add(f.Severity, f.Text, f.Remedy)
		}
	}
	for _, p := range found {
		hint := ""
		if p.Fault != nil {
			hint = p.Fault.Hint
		}
		add(p.Severity, p.Text, hint)
	}
	return len(seen) > 0
}

func (r *roleDoc) keys() {
	if len(r.role.Keys) == 0 {
		return
	}
	r.Head("KEYS")
	for _, id := range r.role.Keys {
		key := r.key(id)
		algorithm := text.Clean(key.Algorithm)
		mark, word := r.signed(id)
		r.Marked(mark, r.Row(text.Clean(id.Short()), algorithm, Holder(r.env, r.repo.GUN, r.role.Name, key), owners(r.env, r.repo.GUN, key, r.role.Name), word))
		for _, c := range key.Certificates {
			r.Indented("certificate "+text.Clean(c.Subject)+", "+text.Expiry(c.NotAfter, r.env.Now()), theme.Dim)
		}
	}
}

// key is a key of the repository, or its ID alone where nothing else is known of it.
func (r *roleDoc) key(id model.KeyID) model.Key {
	if key, known := r.repo.Key(id); known {
		return key
	}
	return model.Key{ID: id}
}

// identifiers are the IDs of the keys in full, and the files of those that are here.
func (r *roleDoc) identifiers() {
	if len(r.role.Keys) == 0 {
		return
	}
	r.Head("KEY IDS")
	for i, id := range r.role.Keys {
		key := r.key(id)
		if listed := r.role.Listed; i < len(listed) && listed[i] != id {
			r.digits("key ID", id)
			r.digits(key.Called(listed[i]), listed[i])
		} else {
			r.digits("", id)
		}
		if local, here := r.env.Board.Holds(id); here {
			r.Indented(text.Clean(local.Path), theme.Dim)
		}
	}
}

// digits shows an ID in full, and which of the IDs of a key it is where it has two.
func (r *roleDoc) digits(what string, id model.KeyID) {
	if what != "" {
		r.Indented(what, theme.Dim)
	}
	for _, digits := range r.Digits(text.KeyID(id, 8)) {
		r.Indented(digits, theme.Dim)
	}
}

// signed is the mark of a listed key: whether its signature counts.
func (r *roleDoc) signed(id model.KeyID) (theme.Mark, string) {
	for _, sig := range r.role.Signatures {
		if sig.Key == id || sig.KeyID == id {
			return r.env.Styles.ForSignature(sig.State), verdict(sig)
		}
	}
	return theme.Mark{Glyph: r.env.Styles.Glyphs.None, Tone: theme.Dim}, "not signed"
}

// verdict is what is said of a signature in a few words.
func verdict(sig model.Signature) string {
	if sig.State == model.SignaturePending {
		return "asked, not signed yet"
	}
	return sig.State.String()
}

// Holder says who holds a key, as far as can be known: this machine, whom the metadata or
// the settings name, or the server.
func Holder(env *screen.Env, gun model.GUN, role model.RoleName, key model.Key) string {
	stated := env.Holders.Stated(&key)
	if local, here := env.Board.Holds(key.ID); here {
		out := "here, " + text.Clean(local.Place)
		if key.Holder != "" {
			out = text.Clean(stated.String()) + ", " + out
		}
		return out
	}
	if stated.Kind != quorum.HolderUnknown {
		return text.Clean(stated.String())
	}
	if slices.Contains(env.DialectOf(gun).Online(), role) {
		return "server"
	}
	if _, read := env.Board.Local(); read {
		return "not here"
	}
	return ""
}

// owners names the signers who use the key, beside the role itself.
func owners(env *screen.Env, gun model.GUN, key model.Key, here model.RoleName) string {
	var names []string
	for _, name := range key.Roles {
		if who, ok := env.DialectOf(gun).SignerOf(name); ok && name != here {
			names = append(names, text.Clean(who))
		}
	}
	return strings.Join(names, ", ")
}

func (r *roleDoc) signatures() {
	if len(r.role.Signatures) == 0 {
		return
	}
	r.Head("SIGNATURES")
	for _, sig := range r.role.Signatures {
		r.Marked(r.env.Styles.ForSignature(sig.State),
			r.Row(r.signer(sig), text.Clean(sig.Method), verdict(sig)))
		if sig.Detail != "" && sig.State != model.SignaturePending {
			r.Indented(text.Clean(sig.Detail), theme.Dim)
		}
	}
}

// signer names the key of a signature, and the certificate or other form under which it is
// listed.
func (r *roleDoc) signer(sig model.Signature) string {
	words := text.Clean(sig.KeyID.Short())
	if sig.Key != "" && sig.Key != sig.KeyID {
		key, _ := r.repo.Key(sig.Key)
		words = text.Clean(sig.Key.Short()) + ", " + strings.TrimSuffix(key.Called(sig.KeyID), " ID") + " " + words
	}
	return words
}

func (r *roleDoc) paths() {
	if !r.role.Name.Delegation() {
		return
	}
	r.Head("SIGNS FOR")
	r.Para(r.prefixes(r.role.Paths), theme.Plain)
	if !slices.Equal(r.role.Paths, r.role.Effective) {
		r.Para("within its parents: "+r.prefixes(r.role.Effective), theme.Warn)
	}
}

// prefixes puts path prefixes into words. The empty prefix permits everything.
func (r *roleDoc) prefixes(paths []string) string {
	if len(paths) == 0 {
		return "no " + r.words.Target
	}
	words := make([]string, len(paths))
	for i, p := range paths {
		if p == "" {
			return "all " + r.words.Targets() + ` (path "")`
		}
		words[i] = text.Clean(p) + "*"
	}
	return r.words.Targets() + " " + text.List(words)
}

func (r *roleDoc) meta() {
	if len(r.role.Meta) == 0 {
		return
	}
	r.Head("LISTS")
	for _, m := range r.role.Meta {
		line := r.Row(text.Clean(m.Role.String()), text.Bytes(m.Length))
		if sum := hex.EncodeToString(m.Hashes.SHA256); len(sum) > 12 {
			line = r.Row(line, "sha256 "+sum[:12])
		}
		r.Para(line, theme.Plain)
	}
}

func (r *roleDoc) file() {
	if r.role.Raw == nil {
		return
	}
	r.Head("FILE")
	size := text.Bytes(int64(len(r.role.Raw)))
	if !r.role.Modified.IsZero() {
		size += ", stored " + text.UTC(r.role.Modified)
	}
	r.Para(size, theme.Plain)
	r.Para("sha256:"+hex.EncodeToString(r.role.SHA256[:]), theme.Dim)
}
