package keymap

import (
	"slices"
	"strings"
)

// ID names an action for programs: "repos.problems".
type ID string

// Scope is where an action is at home: a screen, an overlay, or everywhere.
type Scope string

// The scopes. Global actions work on every screen; Move holds what lists, trees
// and panes share, and each screen offers those that it understands.
const (
	Global Scope = "everywhere"
	Move   Scope = "lists and panes"
	// Marks hold what marks rows, where that has a use.
	Marks    Scope = "marks"
	Welcome  Scope = "welcome"
	Repos    Scope = "repositories"
	Repo     Scope = "repository"
	History  Scope = "history"
	Role     Scope = "role"
	Tag      Scope = "tag"
	Forecast Scope = "time machine"
	Keys     Scope = "keys"
	Doctor   Scope = "doctor"
	Log      Scope = "log"
	Tasks    Scope = "tasks"
	Settings Scope = "settings"
	Contexts Scope = "contexts"
	Ceremony Scope = "ceremony"
	Flow     Scope = "flows"
	// Change holds what begins a guided change; screens offer what fits.
	Change Scope = "changes"
	// The overlays take every key while they are open.
	Filter  Scope = "filter"
	Palette Scope = "commands"
	Menu    Scope = "menus"
	Dialog  Scope = "questions"
	Help    Scope = "help"
)

// Danger grades what an action can do. It decides how it is confirmed, and
// read-only mode offers Harmless actions only.
type Danger int

// The grades.
const (
	// Harmless: reads, copies, opens.
	Harmless Danger = iota
	// Local: changes something here that can be changed back.
	Local
	// Publishes: changes what others see, reversibly.
	Publishes
	// Irreversible: locks people out or cannot be undone.
	Irreversible
)

// Action is one thing that a user can do.
type Action struct {
	ID    ID
	Scope Scope
	// Keys as Bubble Tea prints them, the one to be shown first.
	Keys []string
	// Label is a word or two for the footer; a trailing ".." says that
	// questions follow.
	Label string
	// Title is the action in one to three words, verb and object, as lists of commands
	// show it. Places are called by their name.
	Title string
	// Word is what is typed for the action where screens are read line by line;
	// empty where that is the label.
	Word string
	// Help is a full sentence.
	Help string
	// Rank orders the footer, lowest first; 0 keeps the action out of it.
	Rank   int
	Danger Danger
	// When tells whether the action is possible now and, if not, why. Nil
	// means always.
	When func() (ok bool, why string)
}

// Given returns the action with a condition.
func (a Action) Given(when func() (ok bool, why string)) Action {
	a.When = when
	return a
}

// Available evaluates When. There is a reason only where the answer is no.
func (a Action) Available() (ok bool, why string) {
	if a.When == nil {
		return true, ""
	}
	if ok, why = a.When(); ok {
		return true, ""
	}
	return false, why
}

// Typed is what is typed for the action where screens are read line by line.
func (a Action) Typed() string {
	if a.Word != "" {
		return a.Word
	}
	return strings.TrimSuffix(a.Label, "..")
}

// Shown is how the keys are written for people, all of them.
func (a Action) Shown() string {
	shown := make([]string, len(a.Keys))
	for i, key := range a.Keys {
		shown[i] = Shown(key)
	}
	return strings.Join(shown, " ")
}

// Shown is how one key is written for people.
func Shown(key string) string {
	switch key {
	case "pgup":
		return "page up"
	case "pgdown":
		return "page down"
	default:
		return key
	}
}

// places are where each action is in the table, and scopes those of each scope: every paint asks
// for dozens.
var places, scopes = func() (map[ID]int, map[Scope][]int) {
	places, scopes := make(map[ID]int, len(table)), map[Scope][]int{}
	for i := range table {
		a := &table[i]
		places[a.ID], scopes[a.Scope] = i, append(scopes[a.Scope], i)
	}
	return places, scopes
}()

// Scoped returns the actions of a scope.
func Scoped(scope Scope) []Action {
	out := make([]Action, len(scopes[scope]))
	for i, at := range scopes[scope] {
		out[i] = table[at]
	}
	return out
}

// Get returns the actions with these IDs, in this order. An ID that is not in
// the table is a mistake of the program.
func Get(ids ...ID) []Action {
	out := make([]Action, len(ids))
	for i, id := range ids {
		out[i] = One(id)
	}
	return out
}

// One returns the action with this ID. An ID that is not in the table is a mistake of the program.
func One(id ID) Action {
	at, ok := places[id]
	if !ok {
		panic("keymap: no action " + string(id))
	}
	return table[at]
}

// Match finds the action for a key, earlier ones first.
func Match(actions []Action, key string) (Action, bool) {
	for _, a := range actions {
		if slices.Contains(a.Keys, key) {
			return a, true
		}
	}
	return Action{}, false
}
