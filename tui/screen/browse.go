package screen

import "context"

// Folder is what a folder holds, for somebody who looks for a file in it.
type Folder struct {
	// Path is the folder as it is typed, with a slash at its end; empty for the working folder.
	Path string
	// Start is what was typed after that.
	Start string
	// Files are folders and files, in the order in which they are shown: the folder above first.
	Files []File
	// More tells that there are more, which were not read.
	More bool
}

// File is an entry of a folder. Its texts are not cleaned.
type File struct {
	// Name is shown. Path is typed: it names exactly this file, whatever bytes are in it.
	Name, Path string
	Folder     bool
	// Size in bytes; -1 where it is not known.
	Size int64
}

// Browser reads the folder of a path that is being typed: that, else the nearest one above it
// that can be read. It is called in the background only.
type Browser func(ctx context.Context, typed string) (Folder, error)

// BrowseMsg asks the root to let the user choose a file, from the folder of what is typed on.
type BrowseMsg struct{ Typed string }

// BrowsedMsg brings the path of the file that was chosen, exactly as it is.
type BrowsedMsg struct{ Path string }
