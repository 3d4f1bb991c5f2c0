package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"trustdeck/model"
)

// appName names trustdeck's own folders.
const appName = "trustdeck"

// KeyDirVariable names trustdeck's own folder of private keys for a shell.
const KeyDirVariable = "TRUSTDECK_KEY_DIR"

// abs makes a path of the command line or environment absolute. An empty one
// stays empty.
func (w World) abs(path string) string { return w.from(w.WorkDir, path) }

// Path makes a path that a user has typed absolute; an empty one is the current folder.
func (w World) Path(typed string) string { return first(w.abs(typed), w.WorkDir) }

// from makes a path absolute that a file in base states. A leading ~/ is the
// home folder.
func (w World) from(base, path string) string {
	if path == "~" {
		return w.Home
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		return filepath.Join(w.Home, rest)
	}
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(base, path)
}

// configFile is where trustdeck's own settings are kept.
func (w World) configFile() string {
	return filepath.Join(w.xdg("XDG_CONFIG_HOME", ".config", "AppData"), appName, "config.toml")
}

func (w World) cacheDir() string {
	return filepath.Join(w.xdg("XDG_CACHE_HOME", ".cache", "LocalAppData"), appName)
}

func (w World) keyDir() string {
	return filepath.Join(w.xdg("XDG_DATA_HOME", filepath.Join(".local", "share"), "LocalAppData"), appName, "keys")
}

func (w World) journalDir() string { return filepath.Join(w.stateDir(), "journal") }

func (w World) backupRecord() string { return filepath.Join(w.stateDir(), "backups.json") }

func (w World) memoryDir() string { return filepath.Join(w.stateDir(), "memory") }

func (w World) stateDir() string {
	return filepath.Join(w.xdg("XDG_STATE_HOME", filepath.Join(".local", "state"), "LocalAppData"), appName)
}

// xdg returns a base folder: the variable, where it is absolute as the XDG
// specification demands, else what Windows has instead, else the folder below
// home.
func (w World) xdg(variable, below, windows string) string {
	if dir := w.Getenv(variable); filepath.IsAbs(dir) {
		return dir
	}
	if w.OS == "windows" {
		if dir := w.Getenv(windows); filepath.IsAbs(dir) {
			return dir
		}
	}
	return filepath.Join(w.Home, below)
}

// locale names the variable that states the locale, and reports whether it says
// that text is UTF-8. A locale that says nothing is taken to.
func (w World) locale() (variable string, utf8 bool) {
	if w.OS == "windows" {
		return "", true
	}
	for _, variable := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := w.Getenv(variable); locale != "" {
			_, charset, _ := strings.Cut(strings.ToLower(locale), ".")
			return variable, strings.HasPrefix(charset, "utf-8") || strings.HasPrefix(charset, "utf8")
		}
	}
	return "", true
}

// read returns a file, or ok false where it is not there and need not be.
func (w World) read(path string, required bool) (content []byte, ok bool, err error) {
	content, err = w.ReadFile(path)
	switch {
	case err == nil:
		return content, true, nil
	case errors.Is(err, fs.ErrNotExist) && !required:
		return nil, false, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, &model.Fault{
			Kind: model.FaultLocal, Subject: path, Text: "the file does not exist",
			Hint: "Check the path, or remove the setting.", Err: err,
		}
	default:
		return nil, false, &model.Fault{
			Kind: model.FaultLocal, Subject: path, Text: fmt.Sprintf("the file cannot be read: %v", errors.Unwrap(err)),
			Hint: "Check its permissions.", Err: err,
		}
	}
}
