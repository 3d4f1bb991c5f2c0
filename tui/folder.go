package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trustdeck/tui/keymap"
	"trustdeck/tui/screen"
	"trustdeck/tui/text"
	"trustdeck/tui/widget"
)

// browseOverlay shows a folder, to choose a file of it.
type browseOverlay struct {
	*pickOverlay
	folder screen.Folder
}

// titleRoom is how much of a path stands in the title, in cells.
const titleRoom = 36

func newBrowse(folder screen.Folder) *browseOverlay {
	here := folder.Path
	if here == "" {
		here = "./"
	}
	items := make([]widget.Item, 0, len(folder.Files)+2)
	items = append(items, widget.Item{Label: ".", Note: "this folder", Match: ". this folder", Off: untypable(here)})
	at := 0
	for _, f := range folder.Files {
		it := widget.Item{Label: text.Clean(f.Name), Note: note(f), Off: untypable(f.Path)}
		if f.Folder {
			it.Label += "/"
			it.Off = ""
		}
		if at == 0 && folder.Start != "" && strings.HasPrefix(f.Name, folder.Start) {
			at = len(items)
		}
		items = append(items, it)
	}
	if folder.More {
		items = append(items, widget.Item{Label: "..", Note: "not all are shown", Off: "the folder has more files than trustdeck lists: type the path"})
	}
	if at == 0 {
		at = min(1, len(items)-1)
	}
	o := &browseOverlay{folder: folder}
	o.pickOverlay = newPick("Choose a file: "+text.TruncateLeft(text.Clean(here), titleRoom), keymap.Palette, items, o.take)
	o.enter = o.goInto
	o.Select(at)
	return o
}

// untypable says why an answer cannot name a path; empty where it can.
func untypable(path string) string {
	if strings.TrimSpace(path) != path || strings.ContainsAny(path, "\r\n") {
		return "trustdeck can't use a path with a line break or a space at either end: rename the file"
	}
	return ""
}

func note(f screen.File) string {
	switch {
	case f.Folder:
		return "folder"
	case f.Size < 0:
		return ""
	default:
		return text.Bytes(f.Size)
	}
}

// key goes up with backspace, where nothing is searched for.
func (o *browseOverlay) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if msg.String() != "backspace" || o.Searching() {
		return o.pickOverlay.key(m, msg)
	}
	for _, f := range o.folder.Files {
		if f.Name == ".." {
			return m.browse(f.Path, m.browsing.under)
		}
	}
	return nil
}

// goInto reads the folder that an entry is. The first entry is the present one.
func (o *browseOverlay) goInto(m *Model, i int) (cmd tea.Cmd, entered bool) {
	if i == 0 || !o.folder.Files[i-1].Folder {
		return nil, false
	}
	return m.browse(o.folder.Files[i-1].Path, m.browsing.under), true
}

// take hands over the path of an entry.
func (o *browseOverlay) take(m *Model, i int) tea.Cmd {
	path := o.folder.Path
	if i > 0 {
		path = o.folder.Files[i-1].Path
	}
	if under, ok := m.asked(); ok && under == m.browsing.under {
		under.Also, under.Problem = "", ""
		under.Field.SetExact(path)
		return nil
	}
	return m.top().screen.Update(screen.BrowsedMsg{Path: path})
}
