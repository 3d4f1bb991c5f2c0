package nav

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
)

// Kind tells which screen a route leads to.
type Kind string

// The kinds of place.
const (
	KindWelcome  Kind = "welcome"
	KindRepos    Kind = "repos"
	KindRepo     Kind = "repo"
	KindRole     Kind = "role"
	KindTag      Kind = "tag"
	KindQuorum   Kind = "quorum"
	KindForecast Kind = "forecast"
	KindExplain  Kind = "explain"
	KindRoots    Kind = "roots"
	KindKeys     Kind = "keys"
	KindTokens   Kind = "tokens"
	KindSigners  Kind = "signers"
	KindStaged   Kind = "staged"
	KindTasks    Kind = "tasks"
	KindDoctor   Kind = "doctor"
	KindLog      Kind = "log"
	KindSettings Kind = "settings"
	KindEnv      Kind = "env"
	KindLessons  Kind = "lessons"
	KindContexts Kind = "contexts"
	KindFlow     Kind = "flow"
	KindCeremony Kind = "ceremony"
)

// Kinds lists all kinds, in the order of the screen map.
func Kinds() []Kind {
	return []Kind{KindWelcome, KindRepos, KindRepo, KindRole, KindTag, KindQuorum, KindForecast, KindRoots, KindExplain, KindKeys, KindTokens, KindSigners, KindStaged, KindTasks, KindLog, KindDoctor, KindSettings, KindEnv, KindContexts, KindLessons, KindFlow, KindCeremony}
}

// Tab is a part of the repository screen.
type Tab string

// The tabs.
const (
	TabRoles   Tab = "roles"
	TabKeys    Tab = "keys"
	TabSigners Tab = "signers"
	TabTags    Tab = "tags"
	TabHistory Tab = "history"
	TabRaw     Tab = "raw"
)

// Tabs lists the tabs in the order in which they are shown.
func Tabs() []Tab {
	return []Tab{TabRoles, TabKeys, TabSigners, TabTags, TabHistory, TabRaw}
}

// Route is a place in the UI. Routes are comparable; the zero Route is no place.
type Route struct {
	Kind Kind
	// GUN is set for what is about one repository: KindRepo, KindRole, KindTag, KindQuorum,
	// KindForecast, KindRoots and KindExplain.
	GUN model.GUN
	// Tab is set for KindRepo.
	Tab Tab
	// Role is set for KindRole, and may be for the raw tab of KindRepo: the
	// file to begin at, which is no part of the path.
	Role model.RoleName
	// Tag is set for KindTag, and for KindExplain, where it is the name of any target. It
	// may hold any bytes.
	Tag string
	// Row may be set for KindKeys, where it is the ID of a key, and for KindSettings, where
	// it is the name of a setting: what to select. It is no part of the path.
	Row string
	// Flow is set for KindFlow: which one. Given are the answers that it begins
	// with, encoded as the query of a URL.
	Flow, Given string
	// File is set for KindCeremony, where one is open: the path of its file, as it was typed.
	File string
}

// Place returns the route of a screen that needs no arguments: every kind but
// those about a repository and KindFlow.
func Place(kind Kind) Route { return Route{Kind: kind} }

// Repo is the route of a tab of a repository.
func Repo(gun model.GUN, tab Tab) Route { return Route{Kind: KindRepo, GUN: gun, Tab: tab} }

// Raw is the route of the raw tab of a repository, at the file of a role.
func Raw(gun model.GUN, role model.RoleName) Route {
	return Route{Kind: KindRepo, GUN: gun, Tab: TabRaw, Role: role}
}

// Role is the route of a role.
func Role(gun model.GUN, role model.RoleName) Route {
	return Route{Kind: KindRole, GUN: gun, Role: role}
}

// Tag is the route of a tag.
func Tag(gun model.GUN, tag string) Route { return Route{Kind: KindTag, GUN: gun, Tag: tag} }

// Quorum is the route of who it takes to publish a repository.
func Quorum(gun model.GUN) Route { return Route{Kind: KindQuorum, GUN: gun} }

// Forecast is the route of which client of a repository fails when.
func Forecast(gun model.GUN) Route { return Route{Kind: KindForecast, GUN: gun} }

// Roots is the route of the chain of roots of a repository.
func Roots(gun model.GUN) Route { return Route{Kind: KindRoots, GUN: gun} }

// Explain is the route of how clients look for a target.
func Explain(gun model.GUN, target string) Route {
	return Route{Kind: KindExplain, GUN: gun, Tag: target}
}

// Key is the route of the private keys, at the one with this ID.
func Key(id model.KeyID) Route { return Route{Kind: KindKeys, Row: string(id)} }

// Setting is the route of the settings, at the one with this name.
func Setting(name string) Route { return Route{Kind: KindSettings, Row: name} }

// Flow is the route of a guided change, with answers that are known beforehand, by
// the ID of the question.
func Flow(id string, given map[string][]string) Route {
	return Route{Kind: KindFlow, Flow: id, Given: url.Values(given).Encode()}
}

// Ceremony is the route of the file of a ceremony; of none where it is empty.
func Ceremony(file string) Route { return Route{Kind: KindCeremony, File: file} }

// Answers are those that a flow begins with.
func (r Route) Answers() map[string][]string {
	given, err := url.ParseQuery(r.Given)
	if err != nil {
		return nil // Flow and Parse make none like that
	}
	return given
}

// String returns the path. Parse reads it back.
func (r Route) String() string {
	switch r.Kind {
	case KindRepo:
		return "repo/" + escapeGUN(r.GUN) + "/" + string(r.Tab)
	case KindQuorum, KindForecast, KindRoots:
		return "repo/" + escapeGUN(r.GUN) + "/" + string(r.Kind)
	case KindRole:
		return "repo/" + escapeGUN(r.GUN) + "/role/" + string(r.Role)
	case KindTag, KindExplain:
		return "repo/" + escapeGUN(r.GUN) + "/" + string(r.Kind) + "/" + escapeTag(r.Tag)
	case KindFlow:
		if r.Given == "" {
			return "flow/" + r.Flow
		}
		return "flow/" + r.Flow + "?" + r.Given
	case KindCeremony:
		if r.File != "" {
			return "ceremony/" + url.PathEscape(r.File)
		}
		return string(r.Kind)
	default:
		return string(r.Kind)
	}
}

// Trail is the way to r from the top, r included: what the breadcrumbs show
// and what going back walks when r was the first place visited.
func (r Route) Trail() []Route {
	switch r.Kind {
	case KindRole, KindQuorum, KindForecast, KindRoots:
		return []Route{Place(KindRepos), Repo(r.GUN, TabRoles), r}
	case KindTag, KindExplain:
		return []Route{Place(KindRepos), Repo(r.GUN, TabTags), r}
	case KindRepo:
		return []Route{Place(KindRepos), r}
	case KindWelcome, KindRepos:
		return []Route{r}
	default:
		return []Route{Place(KindRepos), r}
	}
}

// Same reports whether both routes lead to the same screen. The tabs of one
// repository are one screen, and so is a list whichever row is selected.
func (r Route) Same(other Route) bool {
	r.Row, other.Row = "", ""
	if r.Kind == KindRepo && other.Kind == KindRepo {
		return r.GUN == other.GUN
	}
	return r == other
}

// Parse reads a path. A leading slash is allowed, and a repository without a
// tab means its roles. Names of roles are read
// in the dialect of the repository. Errors
// say what is wrong and name a way out.
func Parse(s string, of dialect.Of) (Route, error) {
	path := strings.TrimPrefix(s, "/")
	for _, kind := range Kinds() {
		if path == string(kind) && Place(kind).complete() {
			return Place(kind), nil
		}
	}
	if rest, ok := strings.CutPrefix(path, "flow/"); ok {
		return parseFlow(rest)
	}
	if rest, ok := strings.CutPrefix(path, "ceremony/"); ok {
		file, err := url.PathUnescape(rest)
		if err != nil {
			return Route{}, fmt.Errorf("the file of a ceremony %q: %w; write a percent sign as %%25", rest, err)
		}
		return Ceremony(file), nil
	}
	rest, ok := strings.CutPrefix(path, "repo/")
	if !ok {
		return Route{}, fmt.Errorf("there is no place %q; try repos, keys, tokens, signers, staged, tasks, log, doctor, settings, env or repo/NAME", s)
	}
	parts := strings.Split(rest, "/")
	for i := 1; i+1 < len(parts); i++ {
		switch parts[i] {
		case string(KindRole):
			return parseRole(parts[:i], strings.Join(parts[i+1:], "/"), of)
		case string(KindTag), string(KindExplain):
			return parseTag(Kind(parts[i]), parts[:i], strings.Join(parts[i+1:], "/"))
		}
	}
	if last := len(parts) - 1; last > 0 {
		switch kind := Kind(parts[last]); kind {
		case KindQuorum, KindForecast, KindRoots:
			gun, err := parseGUN(parts[:last])
			if err != nil {
				return Route{}, err
			}
			return Route{Kind: kind, GUN: gun}, nil
		default:
		}
	}
	tab := TabRoles
	if last := len(parts) - 1; last > 0 {
		for _, t := range Tabs() {
			if parts[last] == string(t) {
				tab, parts = t, parts[:last]
				break
			}
		}
	}
	gun, err := parseGUN(parts)
	if err != nil {
		return Route{}, err
	}
	return Repo(gun, tab), nil
}

func (r Route) complete() bool {
	switch r.Kind {
	case KindRepo, KindRole, KindTag, KindQuorum, KindForecast, KindRoots, KindExplain, KindFlow:
		return false
	default:
		return true
	}
}

func parseFlow(rest string) (Route, error) {
	id, query, _ := strings.Cut(rest, "?")
	given, err := url.ParseQuery(query)
	if err != nil {
		return Route{}, fmt.Errorf("answers of the flow %q: %w; write them as in name=alice&repositories=registry.example.org/app", id, err)
	}
	if id == "" || strings.Contains(id, "/") {
		return Route{}, fmt.Errorf("there is no flow %q", id)
	}
	return Flow(id, given), nil
}

func parseRole(gunParts []string, name string, of dialect.Of) (Route, error) {
	gun, err := parseGUN(gunParts)
	if err != nil {
		return Route{}, err
	}
	role, err := of(gun).ParseRole(name)
	if err != nil {
		return Route{}, fmt.Errorf("%w; if \"role\" is part of the repository name, write it as %%72ole", err)
	}
	return Role(gun, role), nil
}

// parseTag reads the name of a tag or of another target.
func parseTag(kind Kind, gunParts []string, escaped string) (Route, error) {
	gun, err := parseGUN(gunParts)
	if err != nil {
		return Route{}, err
	}
	what := "tag"
	if kind == KindExplain {
		what = "target"
	}
	tag, err := url.PathUnescape(escaped)
	if err != nil {
		return Route{}, fmt.Errorf("%s %q: %w; write a percent sign as %%25", what, escaped, err)
	}
	if tag == "" {
		return Route{}, fmt.Errorf("the %s of %s is empty", what, gun)
	}
	return Route{Kind: kind, GUN: gun, Tag: tag}, nil
}

func parseGUN(parts []string) (model.GUN, error) {
	unescaped, err := url.PathUnescape(strings.Join(parts, "/"))
	if err != nil {
		return "", fmt.Errorf("repository name: %w", err)
	}
	return model.ParseGUN(unescaped)
}

// escapeGUN hides the words that would end a GUN. Everything else that a
// GUN may hold stands for itself: ParseGUN refuses percent signs and whatever
// is not printable.
func escapeGUN(gun model.GUN) string {
	parts := strings.Split(string(gun), "/")
	for i, part := range parts {
		if part == string(KindRole) || part == string(KindTag) || part == string(KindExplain) {
			parts[i] = fmt.Sprintf("%%%02X%s", part[0], part[1:])
		}
	}
	return strings.Join(parts, "/")
}

// escapeTag keeps what can be read and typed, and escapes the rest byte by
// byte, so that invalid UTF-8 survives as well.
func escapeTag(tag string) string {
	var b strings.Builder
	for i := 0; i < len(tag); {
		r, size := utf8.DecodeRuneInString(tag[i:])
		readable := r != utf8.RuneError && r != '%' && r != ' ' && display.Visible(r)
		for _, c := range []byte(tag[i : i+size]) {
			if readable {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		i += size
	}
	return b.String()
}
