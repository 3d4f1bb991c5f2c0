package report

import (
	"trustdeck/model"
	"trustdeck/model/admin/change"
)

// Deletion is the answer of "trustdeck delete", once it has deleted trust data or found none.
type Deletion struct {
	Answer
	Repository string `json:"repository"`
	// Remote tells whether the server's trust data was to be deleted, and Deleted whether it
	// was: a client that knows nothing then finds none.
	Remote  bool `json:"remote"`
	Deleted bool `json:"deleted"`
	// Archive is the folder in which every version was saved first.
	Archive string `json:"archive,omitempty"`
	// Removed counts the files that were removed from the trust folder. Left are the paths of
	// others in their place.
	Removed int      `json:"removed"`
	Left    []string `json:"left"`
	// Keys are the IDs of the private keys of the repository that stay on this machine.
	Keys []string `json:"keys"`
	// Lost are other repositories that the server has deleted with it.
	Lost []string `json:"lost"`
	// Fault says why not everything is deleted.
	Fault *Fault `json:"fault,omitempty"`
}

// NewDeletion makes the answer; out is nil where there was nothing to delete.
func NewDeletion(p *change.Deletion, out *change.DeletionOutcome, err error) Deletion {
	d := Deletion{
		Answer: answer("delete"), Repository: string(p.GUN), Remote: p.Remote,
		Left: []string{}, Keys: []string{}, Lost: []string{}, Fault: NewFault(model.FaultOf(err, "")),
	}
	for _, k := range p.Keys {
		d.Keys = append(d.Keys, string(k.ID))
	}
	if out != nil {
		d.Deleted, d.Archive, d.Removed = out.Deleted, out.Archived, out.Removed
		d.Left = append(d.Left, out.Left...)
		d.Lost = append(d.Lost, model.Retype[string](out.Lost)...)
	}
	return d
}
