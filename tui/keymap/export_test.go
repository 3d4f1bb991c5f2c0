package keymap

// Table is every action, and Scopes are their scopes.
var (
	Table  = table
	Scopes = []Scope{Global, Move, Marks, Welcome, Repos, Repo, History, Role, Tag, Forecast, Keys, Tasks, Log, Doctor, Settings, Contexts, Ceremony, Change, Flow, Filter, Palette, Menu, Dialog, Help}
)

// Overlay reports whether actions of the scope exclude all others.
func (s Scope) Overlay() bool {
	return s == Filter || s == Palette || s == Menu || s == Dialog || s == Help
}
