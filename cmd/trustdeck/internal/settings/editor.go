package settings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/tui/screen"
)

// maxFile is the size up to which config.toml is edited. People write kilobytes.
const maxFile = 1 << 20

// Editor shows the settings of a run to the settings screen and saves changes of
// them in config.toml. It implements screen.Settings.
type Editor struct {
	run    Settings
	flags  Flags
	world  World
	locked string
	// hook plays failing disks; nil but in tests.
	hook disk.Hook
}

var _ screen.Settings = (*Editor)(nil)

// NewEditor makes the editor of a run with these settings, which flags and world
// gave. Where locked is not empty it says why nothing can be saved.
func NewEditor(run Settings, f Flags, w World, locked string) *Editor {
	return &Editor{run: run, flags: f, world: w, locked: locked}
}

// Run are the settings of the run.
func (e *Editor) Run() screen.Resolved {
	run := e.run
	if run.told.from != nil {
		return run.resolved()
	}
	// The program made these settings and took over how things look.
	asked, err := Resolve(e.flags, e.world)
	if err != nil {
		return run.resolved()
	}
	run.told = asked.told
	run.told.pins, run.told.notary, run.told.from = nil, notaryConfig{}, map[string]screen.Origin{}
	for _, key := range []string{keySoon, keyTheme, keyASCII, keyMouse, keyNotify, keyRefresh, "timeout", "parallel", "log_file"} {
		run.told.from[key] = asked.told.from[key]
	}
	return run.resolved()
}

// Locked says why nothing can be saved.
func (e *Editor) Locked() string { return e.locked }

// Check says what is wrong with a value, and returns it as the file will have it.
func (e *Editor) Check(id screen.SettingID, text string) (value, wrong string) {
	var err error
	switch id {
	case screen.SettingServer:
		value, err = parseServer("", text, false)
	case screen.SettingSoon:
		value, err = parseDays(text)
	case screen.SettingTheme:
		value, err = text, checkTheme(text)
	case screen.SettingRefresh:
		value = strings.TrimSpace(text)
		if _, ok := parseRefresh(value); !ok || value == "" {
			err = usage("", fmt.Sprintf("%q is not an interval between checks for changes", text), refreshHint)
		}
	default:
		if value = text; text != "true" && text != "false" {
			err = usage("", "it is neither true nor false", "Choose one of them.")
		}
	}
	if fault, ok := errors.AsType[*model.Fault](err); ok {
		return "", sentence(fault.Text) + " " + fault.Hint
	}
	return value, ""
}

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

// parseDays reads a number of days, or a time as config.toml may have it.
func parseDays(text string) (string, error) {
	text = strings.TrimSpace(text)
	if _, err := strconv.ParseUint(text, 10, 64); err == nil {
		text += "d"
	}
	var d duration
	if err := d.UnmarshalTOML(text); err != nil {
		return "", usage("", fmt.Sprintf("%q is not a number of days", text), "Write a number from 1 to 65535, for example 30.")
	}
	return text, nil
}

// Resolve tells what a run would use with these changes in config.toml.
func (e *Editor) Resolve(_ context.Context, changes []screen.Change) (screen.Resolved, error) {
	w, err := e.changed(changes)
	if err != nil {
		return screen.Resolved{}, err
	}
	s, err := Resolve(e.flags, w)
	if err != nil {
		return screen.Resolved{}, err
	}
	out := s.resolved()
	if e.run.told.from == nil {
		out.Settings = onlyLive(e.Run().Settings, out.Settings)
	}
	return out, nil
}

// onlyLive takes from next what takes effect at once, and all else from run.
func onlyLive(run, next []screen.Setting) []screen.Setting {
	out := slices.Clone(run)
	for i, s := range out {
		if s.Field == nil || !s.Field.Live {
			continue
		}
		if at := slices.IndexFunc(next, func(n screen.Setting) bool { return n.Name == s.Name }); at >= 0 {
			out[i] = next[at]
		}
	}
	return out
}

// changed is the world with these changes in config.toml.
func (e *Editor) changed(changes []screen.Change) (World, error) {
	w, path := e.world, e.path()
	content, ok, err := w.read(path, false)
	if err != nil || len(changes) == 0 {
		return w, err
	}
	if ok {
		if _, err := parseOwn(path, content, w); err != nil {
			return w, err
		}
	}
	return overlaid(w, path, []byte(edit(string(content), changes))), nil
}

// overlaid is a world in which one file has another content.
func overlaid(w World, path string, content []byte) World {
	read := w.ReadFile
	w.ReadFile = func(name string) ([]byte, error) {
		if name == path {
			return content, nil
		}
		return read(name)
	}
	return w
}

func (e *Editor) path() string { return first(e.world.abs(e.flags.Config), e.world.configFile()) }

// Preview says what writing the changes would make of the file.
func (e *Editor) Preview(_ context.Context, changes []screen.Change) (screen.Edit, error) {
	return e.preview(
		func(text string) string { return edit(text, changes) },
		func(before, after ownConfig) bool {
			want := maps.Clone(before.Says)
			for _, c := range changes {
				if delete(want, string(c.ID)); !c.Unset {
					want[string(c.ID)] = c.Value
				}
			}
			return maps.Equal(want, after.Says)
		},
	)
}

// preview says what a change of the text would make of config.toml.
func (e *Editor) preview(change func(text string) string, meant func(before, after ownConfig) bool) (screen.Edit, error) {
	return e.previewIn(e.path(), change, meant)
}

// previewIn says what a change of the text would make of a file, which must then say what
// is meant, and nothing else than before.
func (e *Editor) previewIn(path string, change func(text string) string, meant func(before, after ownConfig) bool) (screen.Edit, error) {
	if e.locked != "" {
		return screen.Edit{}, usage("config.toml", e.locked, "Start trustdeck without it to save settings.")
	}
	out := screen.Edit{Path: path}
	found, err := find(out.Path)
	if err != nil {
		return screen.Edit{}, err
	}
	out.Target, out.New, out.Before = found.target, found.mode == 0, found.content
	out.After = []byte(change(string(out.Before)))
	if err := e.verify(out, meant); err != nil {
		return screen.Edit{}, err
	}
	switch {
	case out.New:
		if _, err := os.Stat(filepath.Dir(out.Target)); errors.Is(err, fs.ErrNotExist) {
			out.Notes = append(out.Notes, "The folder "+filepath.Dir(out.Target)+" does not exist yet; trustdeck creates it too.")
		}
	case found.mode.Perm()&0o077 != 0 && e.world.OS != "windows":
		out.Notes = append(out.Notes, fmt.Sprintf("Others can read the file now (%04o); after this only you can (0600).", found.mode.Perm()))
	}
	return out, nil
}

// verify makes sure that the file says afterwards what is meant.
func (e *Editor) verify(out screen.Edit, meant func(before, after ownConfig) bool) error {
	before, err := e.parse(out.Path, out.Before)
	if err != nil {
		return err
	}
	after, err := e.parse(out.Path, out.After)
	if err != nil {
		return err
	}
	if !meant(before, after) {
		return usage(out.Path, "trustdeck can't safely change a file in this form", "Change it by hand. For its settings, run: trustdeck help settings")
	}
	_, err = Resolve(e.flags, overlaid(e.world, out.Path, out.After))
	return err
}

// parse reads what is to be shown or written. A password in it must not get on
// the screen, even where another server is used.
func (e *Editor) parse(path string, content []byte) (ownConfig, error) {
	own, err := parseOwn(path, content, e.world)
	if err == nil && holdsCredentials(own.Server) {
		_, err = parseServer(path, own.Server, false)
	}
	return own, err
}

// Write makes the edit.
func (e *Editor) Write(ctx context.Context, edit screen.Edit) error {
	found, err := find(edit.Path)
	if err != nil {
		return err
	}
	if found.target != edit.Target || (found.mode == 0) != edit.New || !bytes.Equal(found.content, edit.Before) {
		return screen.ErrFileChanged
	}
	return replace(ctx, edit, e.hook)
}
