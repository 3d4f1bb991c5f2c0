package report

import (
	"time"

	"trustdeck/model"
	"trustdeck/model/admin"
)

// Status is the answer of "trustdeck status".
type Status struct {
	Answer
	Repository string `json:"repository"`
	// TrustDir is the folder that was read.
	TrustDir string `json:"trustDir"`
	// Since is when the oldest change was staged; absent where there is none.
	Since time.Time `json:"since,omitzero"`
	// Changes in the order in which notary applies them.
	Changes []StagedChange `json:"changes"`
	// Compared tells whether the server's versions were known; without them
	// Unpublished and Ahead say nothing.
	Compared bool `json:"compared"`
	// Unpublished is true where the repository was initialised here and never
	// published.
	Unpublished bool `json:"unpublished"`
	// Ahead are metadata files that are newer here than on the server.
	Ahead []AheadFile `json:"ahead"`
	// Fault is why the folder could not be read to the end.
	Fault *Fault `json:"fault,omitempty"`
}

// NewStatus makes the answer.
func NewStatus(trustDir string, s admin.Staged) Status {
	return Status{
		Answer: answer("status"), Repository: string(s.GUN), TrustDir: trustDir, Since: utc(s.Since()),
		Changes: each(s.Changes, newStagedChange), Compared: s.Compared, Unpublished: s.Unpublished,
		Ahead: each(s.Ahead, func(a admin.Ahead) AheadFile {
			return AheadFile{Role: string(a.Role), Local: a.Local, Server: a.Server}
		}),
		Fault: NewFault(s.Fault),
	}
}

// StagedChange is a change that waits to be published.
type StagedChange struct {
	// Index is what "notary reset -n" takes.
	Index int `json:"index"`
	// Text says in words what it does.
	Text string `json:"text"`
	// Action, Role, Type and Path are as notary calls them; empty where the
	// file could not be read.
	Action string `json:"action"`
	Role   string `json:"role"`
	Type   string `json:"type"`
	Path   string `json:"path"`
	// Length and hashes of a target that is added.
	Length int64  `json:"length,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	SHA512 string `json:"sha512,omitempty"`
	// Threshold of a delegation, where the change makes it.
	Threshold int `json:"threshold,omitempty"`
	// AddKeys and RemoveKeys are canonical IDs.
	AddKeys     []string `json:"addKeys"`
	RemoveKeys  []string `json:"removeKeys"`
	AddPaths    []string `json:"addPaths"`
	RemovePaths []string `json:"removePaths"`
	// ClearPaths removes all paths.
	ClearPaths bool `json:"clearPaths"`
	// File is its path, Size its length in bytes.
	File string `json:"file"`
	Size int    `json:"size"`
	// Staged is when it was staged.
	Staged time.Time `json:"staged,omitzero"`
	// Fault says why it could not be read or cannot be published.
	Fault *Fault `json:"fault,omitempty"`
	// RefusedHere says why trustdeck publish refuses it, where the client that staged it may
	// still publish it.
	RefusedHere *Fault `json:"refusedHere,omitempty"`
}

// AheadFile is a metadata file that is newer here than on the server.
type AheadFile struct {
	Role string `json:"role"`
	// Local is the version in the trust folder, Server that of the server.
	Local  int64 `json:"local"`
	Server int64 `json:"server"`
}

func newStagedChange(c admin.StagedChange) StagedChange {
	change := &c.Change
	out := StagedChange{
		Index: c.Index, Text: c.Words(),
		Action: change.Action, Role: string(change.Role), Type: change.Type, Path: change.Path,
		Threshold: change.Threshold, RemoveKeys: texts(change.RemoveKeys),
		AddKeys:  each(change.AddKeys, func(k model.Key) string { return string(k.ID) }),
		AddPaths: texts(change.AddPaths), RemovePaths: texts(change.RemovePaths), ClearPaths: change.ClearPaths,
		File: c.File, Size: c.Size, Staged: utc(c.At), Fault: NewFault(c.Fault), RefusedHere: NewFault(c.RefusedHere),
	}
	if t := change.Target; t != nil {
		out.Length, out.SHA256, out.SHA512 = t.Length, hexOf(t.Hashes.SHA256), hexOf(t.Hashes.SHA512)
	}
	return out
}
