package settings

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/tui/screen"
)

// keyRepositories is the table of names in config.toml.
const keyRepositories = "repositories"

// maxRepositoryName is the longest name of a repository, in characters.
const maxRepositoryName = 64

// CheckRepositoryName says why a repository cannot be called so; nil where it can. A name is nothing
// that could be read as a path, a URL, a host, or an image with a tag or digest. The error
// is a *model.Fault of kind FaultUsage.
func CheckRepositoryName(name string) error {
	wrong := wrongName(name)
	if wrong == "" {
		return nil
	}
	subject := display.Quote(display.Cut(name, 100))
	if name == "" {
		subject = "the name of the repository"
	}
	return usage(subject, wrong, "Use letters, digits, - and _, starting with a letter or digit.")
}

// wrongName is what is wrong with a name; empty where nothing is.
func wrongName(name string) string {
	letter := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
	allowed := func(r rune) bool { return letter(r) || r >= '0' && r <= '9' || r == '-' || r == '_' }
	_, notHex := model.ParseKeyID(name)
	switch lower := strings.ToLower(name); {
	case name == "":
		return "it is empty"
	case name[0] == '-':
		return "a name that starts with - looks like a flag"
	case name[0] == '.':
		return "a name that starts with a dot looks like a path"
	case strings.Contains(name, "://"):
		return "a URL is not a name"
	case strings.ContainsAny(name, `/\`):
		return "a name with a slash looks like a path or an image"
	case strings.ContainsAny(name, ":@"):
		return "a name with : or @ looks like an image with a tag or digest"
	case strings.Contains(name, "."), lower == "localhost":
		return "the name looks like a host"
	case lower == "http", lower == "https", lower == "file":
		return "the name looks like the start of a URL"
	case len(name) == 1 && letter(rune(name[0])):
		return "a single letter looks like a drive"
	case notHex == nil, lower == "sha256", lower == "sha512":
		return "the name looks like a digest"
	case name[0] == '_', strings.ContainsFunc(name, func(r rune) bool { return !allowed(r) }):
		return "the name has characters other than letters, digits, - and _"
	case len(name) > maxRepositoryName:
		return fmt.Sprintf("the name is longer than %d characters", maxRepositoryName)
	default:
		return ""
	}
}

// Location returns where a repository is: a URL as it is, or a path, which is made absolute
// from a base. What a URL may be, who opens it says; but it holds no
// password, for locations are shown.
func (w World) Location(subject, text, base string) (string, error) {
	switch {
	case text == "":
		return "", usage(subject, "the location of the repository is empty", "Give a folder, or a URL that starts with https://.")
	case holdsCredentials(text):
		return "", usage(subject, "the URL of the repository contains credentials", "Leave them out: repositories are read without a login.")
	case strings.Contains(text, "://"):
		return text, nil
	default:
		return filepath.Clean(w.from(base, text)), nil
	}
}

// setRepositories checks the names, and makes the locations absolute.
func (c *ownConfig) setRepositories(w World) error {
	for _, name := range slices.Sorted(maps.Keys(c.Repositories)) {
		if err := CheckRepositoryName(name); err != nil {
			return inTable(c.File, err)
		}
		if twin := twinOf(name, c.Repositories); twin != "" {
			return usage(c.File, fmt.Sprintf("repositories: %s and %s differ only in capitals", min(name, twin), max(name, twin)), "Rename one of them.")
		}
		location, err := w.Location(c.File, c.Repositories[name], filepath.Dir(c.File))
		if err != nil {
			return err
		}
		c.Repositories[name] = location
	}
	return nil
}

// inTable says that a fault is about the table of names in a file.
func inTable(file string, err error) error {
	fault := model.FaultOf(err, "")
	return usage(file, "repositories: "+fault.Error(), fault.Hint)
}

// twinOf is another name that differs from this one only in capitals; empty where there is
// none.
func twinOf(name string, names map[string]string) string {
	for _, other := range slices.Sorted(maps.Keys(names)) {
		if other != name && strings.EqualFold(other, name) {
			return other
		}
	}
	return ""
}

// PreviewName says what giving a repository a name would make of config.toml; without a
// location the name is taken away.
func (e *Editor) PreviewName(_ context.Context, name, location string) (screen.Edit, error) {
	if location != "" {
		if err := CheckRepositoryName(name); err != nil {
			return screen.Edit{}, err
		}
	}
	return e.previewIn(
		first(e.run.told.context.File, e.path()),
		func(text string) string { return editTable(text, keyRepositories, name, location) },
		func(before, after ownConfig) bool {
			want := map[string]string{}
			maps.Copy(want, before.Repositories)
			if delete(want, name); location != "" {
				want[name] = location
			}
			others := func(says map[string]string) map[string]string {
				out := maps.Clone(says)
				delete(out, keyRepositories)
				return out
			}
			return maps.Equal(want, after.Repositories) && maps.Equal(others(before.Says), others(after.Says))
		},
	)
}

// editTable sets a key of a table in the text of config.toml, or takes it out where the
// value is empty, and leaves everything else as it is. Whoever calls checks that the result
// says what it should.
func editTable(text, table, key, value string) string {
	top, _ := statements(text)
	if slices.ContainsFunc(top, func(s statement) bool { return s.key == table || strings.HasPrefix(s.key, table+".") }) {
		return text // the table is written in another way
	}
	list, header, ok := tableOf(text, table)
	for _, s := range list {
		switch {
		case s.key != key:
		case value == "":
			return takeOut(text, s)
		default:
			return text[:s.value] + literal(screen.Change{Value: value}, text[s.value:s.end]) + text[s.end:]
		}
	}
	if value == "" {
		return text
	}
	line := key + " = " + literal(screen.Change{Value: value}, "")
	if ok {
		return putIn(text, append([]statement{{line: header}}, list...), len(text), line)
	}
	end := "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	switch {
	case text == "" || text == byteOrderMark:
	case !strings.HasSuffix(text, "\n"):
		text += end + end
	default:
		text += end
	}
	return text + "[" + table + "]" + end + line + end
}

// tableOf finds a table: its statements, and where the line of its header ends.
func tableOf(text, name string) (list []statement, header int, ok bool) {
	_, at := statements(text)
	for at < len(text) {
		end := endOfLine(text, at)
		inside, next := statementsFrom(text, end)
		head, _, _ := strings.Cut(text[at:end], "#")
		head = strings.TrimSpace(head)
		if strings.HasPrefix(head, "[") && strings.HasSuffix(head, "]") && plainKey(strings.TrimSpace(head[1:len(head)-1])) == name {
			return inside, end, true
		}
		at = next
	}
	return nil, 0, false
}
