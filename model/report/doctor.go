package report

import (
	"trustdeck/model"
	"trustdeck/model/health"
)

// Doctor is the answer of "trustdeck doctor".
type Doctor struct {
	Answer
	// Repositories is how many were looked at.
	Repositories int `json:"repositories"`
	// FailOn is the severity from which on the exit code is 3.
	FailOn string `json:"failOn"`
	// Failed tells whether any finding is at or above FailOn.
	Failed bool `json:"failed"`
	// Findings, worst first.
	Findings []Finding `json:"findings"`
}

// NewDoctor makes the answer. A nil failOn never fails.
func NewDoctor(repositories int, findings []health.Finding, failOn *model.Severity) Doctor {
	out := Doctor{
		Answer: answer("doctor"), Repositories: repositories,
		FailOn: "never", Findings: each(findings, newFinding),
	}
	if failOn == nil {
		return out
	}
	out.FailOn = failOn.String()
	for _, f := range findings {
		out.Failed = out.Failed || f.Severity >= *failOn
	}
	return out
}

// Finding is something an administrator should know, with the way out.
type Finding struct {
	// Code names the kind of finding and never changes its meaning.
	Code string `json:"code"`
	// Severity is "notice", "warning" or "failure".
	Severity string `json:"severity"`
	// Repository is absent for findings about this machine or the server.
	Repository string `json:"repository,omitempty"`
	Role       string `json:"role,omitempty"`
	Text       string `json:"text"`
	// Remedy says what to do.
	Remedy string `json:"remedy,omitempty"`
}

func newFinding(f health.Finding) Finding {
	return Finding{
		Code: f.Code, Severity: f.Severity.String(),
		Repository: string(f.GUN), Role: string(f.Role),
		Text: f.Text, Remedy: f.Remedy,
	}
}
