package report

import (
	"time"

	"trustdeck/model/admin/archive"
)

// Archive is the answer of "trustdeck archive".
type Archive struct {
	Answer
	// Server that was read, and Directory that was written.
	Server    string    `json:"server"`
	Directory string    `json:"directory"`
	Started   time.Time `json:"started"`
	Finished  time.Time `json:"finished"`
	// Complete tells whether every repository is.
	Complete bool `json:"complete"`
	// Repositories in the order of the arguments.
	Repositories []Archived `json:"repositories"`
}

// Archived is what became of one repository.
type Archived struct {
	Name string `json:"name"`
	// Read is when this run read it.
	Read time.Time `json:"read,omitzero"`
	// Complete tells whether every version that the server has is saved.
	Complete bool `json:"complete"`
	// Files that are saved, and how many of them are New.
	Files int `json:"files"`
	New   int `json:"new"`
	// Level, Health and Reason of the present state, as in Repository.
	Level  string `json:"level"`
	Health string `json:"health"`
	Reason string `json:"reason,omitempty"`
	// Problems of the archive, of every version and of the present state.
	Problems []Problem `json:"problems"`
	// Fault says why nothing of it could be read now.
	Fault *Fault `json:"fault,omitempty"`
}

// NewArchive makes the answer.
func NewArchive(directory string, result archive.Result) Archive {
	return Archive{
		Answer: answer("archive"),
		Server: result.Server, Directory: directory,
		Started: utc(result.Started), Finished: utc(result.Finished),
		Complete:     result.Complete(),
		Repositories: each(result.Repositories, newArchived),
	}
}

func newArchived(r archive.Outcome) Archived {
	return Archived{
		Name: string(r.GUN), Read: utc(r.Read), Complete: r.Complete, Files: r.Files, New: r.New,
		Level: r.Assessment.Level.String(), Health: r.Assessment.Word(), Reason: r.Assessment.Reason,
		Problems: each(r.Problems, newProblem), Fault: NewFault(r.Fault),
	}
}
