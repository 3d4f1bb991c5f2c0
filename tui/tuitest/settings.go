package tuitest

import (
	"context"
	"strings"
	"sync"
	"time"

	"trustdeck/tui/screen"
	"trustdeck/tui/theme"
)

// Settings keeps settings in memory; it satisfies screen.Settings. Its fields are
// set before use, File and Fail may be changed between messages.
type Settings struct {
	// File is config.toml: lines of "key = value".
	File string
	// Flags states values that come before the file.
	Flags map[screen.SettingID]string
	// Lock is why nothing can be saved.
	Lock string
	// Fail is returned by Resolve, Preview and Write, by their names.
	Fail map[string]error

	mu    sync.Mutex
	calls []string
}

// ConfigPath is where the settings of tests are.
const ConfigPath = "/home/ada/.config/trustdeck/config.toml"

// NewSettings are settings of which some are in the file.
func NewSettings() *Settings {
	return &Settings{File: "# mine\ntheme = light\n", Fail: map[string]error{}}
}

// Calls lists the methods that may take time and were called.
func (s *Settings) Calls() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.calls, " ")
}

func (s *Settings) enter(call string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
	return s.Fail[call]
}

// Run are the settings with the file as it is.
func (s *Settings) Run() screen.Resolved { return s.resolved(s.File) }

// Locked is Lock.
func (s *Settings) Locked() string { return s.Lock }

// Check refuses values that begin with "bad".
func (s *Settings) Check(_ screen.SettingID, text string) (value, wrong string) {
	if strings.HasPrefix(text, "bad") {
		return "", "It is not a good value. Write another one."
	}
	return text, ""
}

// Resolve returns the settings with the changes in the file.
func (s *Settings) Resolve(_ context.Context, changes []screen.Change) (screen.Resolved, error) {
	err := s.enter("Resolve")
	return s.resolved(changed(s.File, changes)), err
}

// Preview returns the file with the changes.
func (s *Settings) Preview(_ context.Context, changes []screen.Change) (screen.Edit, error) {
	err := s.enter("Preview")
	return screen.Edit{
		Path: ConfigPath, Target: ConfigPath, New: s.File == "",
		Before: []byte(s.File), After: []byte(changed(s.File, changes)),
	}, err
}

// Write makes the edit.
func (s *Settings) Write(_ context.Context, edit screen.Edit) error {
	if err := s.enter("Write"); err != nil {
		return err
	}
	if s.File != string(edit.Before) {
		return screen.ErrFileChanged
	}
	s.File = string(edit.After)
	return nil
}

// changed is the file with the lines of some settings replaced.
func changed(file string, changes []screen.Change) string {
	for _, c := range changes {
		var out []string
		found := c.Unset
		for line := range strings.Lines(file) {
			if strings.HasPrefix(line, string(c.ID)+" = ") {
				if c.Unset || found {
					continue
				}
				line, found = string(c.ID)+" = "+c.Value+"\n", true
			}
			out = append(out, line)
		}
		if !found {
			out = append(out, string(c.ID)+" = "+c.Value+"\n")
		}
		file = strings.Join(out, "")
	}
	return file
}

func (s *Settings) resolved(file string) screen.Resolved {
	stated := map[screen.SettingID]string{}
	for line := range strings.Lines(file) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
			stated[screen.SettingID(key)] = value
		}
	}
	setting := func(id screen.SettingID, name, help, otherwise string, live bool, options ...string) screen.Setting {
		out := screen.Setting{Name: name, Help: help, Value: otherwise, From: screen.Origin{Kind: screen.OriginDefault}}
		out.Field = &screen.Field{ID: id, Stated: stated[id], Counts: true, Live: live, Options: options, Prompt: "The " + name + "."}
		if v := stated[id]; v != "" {
			out.Value, out.From = v, screen.Origin{Kind: screen.OriginFile, Name: ConfigPath}
		}
		if v := s.Flags[id]; v != "" {
			out.Value, out.From, out.Field.Counts = v, screen.Origin{Kind: screen.OriginFlag, Name: "--" + string(id)}, false
		}
		return out
	}
	list := []screen.Setting{
		setting(screen.SettingServer, "trust server", "The Notary server for all repositories.", "https://notary.example.org", false),
		setting(screen.SettingSoon, "expiry warning", "How long before something expires it is marked as soon.", "30d", true),
		setting(screen.SettingTheme, "theme", "The colours.", "auto", true, "auto", "light", "dark", "mono"),
		setting(screen.SettingASCII, "ascii", "Draw with ASCII characters only.", "false", true, "true", "false"),
		setting(screen.SettingMouse, "mouse", "Take clicks and the wheel.", "true", true, "true", "false"),
	}
	soon, _ := time.ParseDuration(strings.Replace(list[1].Value, "d", "h", 1)) // a test that writes no time shows it
	out := screen.Resolved{
		Look: screen.Look{Theme: theme.Mode(list[2].Value), ASCII: list[3].Value == "true", Mouse: list[4].Value == "true", Soon: 24 * soon},
		Path: ConfigPath, Exists: s.File != "",
	}
	out.Settings = append(list,
		screen.Setting{Name: "trust folder", Help: "Private keys, and cached roots.", Value: "/home/ada/.docker/trust", From: screen.Origin{Kind: screen.OriginDocker, Name: "the folder trust in Docker's folder"}},
		screen.Setting{Name: "notary's file", Help: "Notary's config.json.", Value: "/home/ada/\x1b[2Jnotary", From: screen.Origin{Kind: screen.OriginNotary, Name: "/home/ada/\x1b[2Jnotary"}},
		screen.Setting{Name: "docker folder", Help: "Credentials and certificates.", Value: "/home/ada/.docker", From: screen.Origin{Kind: screen.OriginEnvironment, Name: "DOCKER_CONFIG"}},
		screen.Setting{Name: "server check", Help: "Whether the certificates of servers must be genuine.", Value: "off", From: screen.Origin{Kind: screen.OriginNotary, Name: "/home/ada/.notary/config.json"}, Warning: "The certificates of servers are not checked."},
		screen.Setting{Name: "pin 1", Help: "Root certificates that alone are trusted.", Value: "registry.example.org/pay/* = " + strings.Repeat("1a2b3c4d", 8), From: screen.Origin{Kind: screen.OriginFlag, Name: "--pin"}},
	)
	return out
}
