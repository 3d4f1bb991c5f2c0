package screen

import (
	"context"
	"errors"
	"time"

	"trustdeck/tui/theme"
)

// Settings is what the settings screen needs of those who keep the settings.
type Settings interface {
	// Run are the settings of this run, as it began.
	Run() Resolved
	// Locked says why nothing can be saved here; empty where it can.
	Locked() string
	// Check says in a sentence what is wrong with a new value of a setting
	// that can be changed, and returns the value as config.toml will have it.
	// It is quick and touches nothing.
	Check(id SettingID, text string) (value, wrong string)
	// Resolve tells what a run would use that began now, with these changes in
	// config.toml. It reads files and is called in the background only, as are
	// the other methods below.
	Resolve(ctx context.Context, changes []Change) (Resolved, error)
	// Preview reads config.toml and says what writing the changes would make
	// of it. Nothing is written.
	Preview(ctx context.Context, changes []Change) (Edit, error)
	// Write makes the edit: the whole of it, or nothing. Where the file is not
	// what it was for the preview, the error is ErrFileChanged.
	Write(ctx context.Context, edit Edit) error
}

// ErrFileChanged says that a file is not what it was when it was read.
var ErrFileChanged = errors.New("the file has been changed since it was read")

// SettingID names a setting that can be changed, as config.toml does.
type SettingID string

// The settings that can be changed.
const (
	SettingServer SettingID = "server"
	SettingSoon   SettingID = "expiry_warning"
	SettingTheme  SettingID = "theme"
	SettingASCII  SettingID = "ascii"
	SettingMouse  SettingID = "mouse"
	// SettingNotify is whether to notify while the terminal is out of focus.
	SettingNotify SettingID = "notifications"
	// SettingRefresh is how often to look for changes.
	SettingRefresh SettingID = "refresh"
)

// Change is a change of one line of config.toml.
type Change struct {
	ID SettingID
	// Unset takes the line out; otherwise it states Value, as Settings.Check
	// returned it.
	Unset bool
	Value string
}

// OriginKind tells what kind of place a setting comes from.
type OriginKind string

// The kinds of place, in the order in which they count.
const (
	OriginFlag        OriginKind = "flag"
	OriginEnvironment OriginKind = "environment"
	OriginContext     OriginKind = "context"
	OriginFile        OriginKind = "config.toml"
	OriginNotary      OriginKind = "notary"
	OriginDocker      OriginKind = "docker"
	OriginDefault     OriginKind = "default"
	// OriginProgram: the program set it itself, such as for the demo.
	OriginProgram OriginKind = "program"
)

// Origin is where a setting comes from.
type Origin struct {
	Kind OriginKind
	// Name is the flag, variable or file, which for a context is its own; for docker it says what docker does.
	Name string
}

// Resolved are the settings of a run, one that goes on or one that might be.
type Resolved struct {
	Settings []Setting
	// Look are those that take effect at once.
	Look Look
	// Path is where config.toml is or would be, Exists whether it is there.
	Path   string
	Exists bool
}

// Setting is one setting. Its texts are not cleaned.
type Setting struct {
	// Name identifies and shows it: "trust folder"; Help is a sentence about
	// it.
	Name, Help string
	Value      string
	From       Origin
	// Warning is a sentence about something to know about this value; empty
	// where there is nothing.
	Warning string
	// Field is set where the setting can be changed here.
	Field *Field
}

// Field is what config.toml says of a setting.
type Field struct {
	ID SettingID
	// Stated is what the file says; empty where it says nothing.
	Stated string
	// Counts tells whether the file is asked: flags and environment come
	// first.
	Counts bool
	// Live tells that a change takes effect at once.
	Live bool
	// Options are the values to choose from; where there are none, Prompt asks
	// for a text.
	Options []string
	Prompt  string
}

// Look are the settings that take effect at once.
type Look struct {
	Theme theme.Mode
	ASCII bool
	Mouse bool
	// Notify tells the user, while the terminal is out of focus, what waits and what has ended.
	Notify bool
	// Soon is how long before an expiry a warning is given.
	Soon time.Duration
	// Every is how often places are asked whether anything has changed; 0 never asks.
	Every time.Duration
}

// LookMsg asks the root to use another look from now on. What is the same in
// both is left as the user has it.
type LookMsg struct{ From, To Look }

// Edit is a change of a file that has not been made.
type Edit struct {
	// Path is the file by its own name, Target what is written: another file
	// where Path is a symbolic link.
	Path, Target string
	// New tells that the file is not there yet.
	New           bool
	Before, After []byte
	// Notes are sentences about what else happens.
	Notes []string
}
