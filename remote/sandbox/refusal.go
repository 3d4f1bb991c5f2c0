package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// A refusal is an answer of the server that says no (docs/notary-v1.md, errors).
type refusal struct {
	status  int
	code    string
	message string
	detail  any
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

// none is the detail that the real server writes where it has nothing to say.
type none struct{}

func notFound() *refusal {
	return &refusal{http.StatusNotFound, "METADATA_NOT_FOUND", "You have requested metadata that does not exist.", none{}}
}

func noRoute() *refusal {
	r := notFound()
	r.detail = nil
	return r
}

func malformedUpload() *refusal {
	return &refusal{http.StatusBadRequest, "MALFORMED_UPLOAD", "The body of your request is malformed.", nil}
}

func malformedJSON() *refusal {
	return &refusal{http.StatusBadRequest, "MALFORMED_JSON", "JSON sent by the client could not be parsed by the server", nil}
}

func noFilename() *refusal {
	return &refusal{http.StatusBadRequest, "NO_FILENAME", "No file/role name provided.", nil}
}

func invalidRole(role string) *refusal {
	return &refusal{http.StatusBadRequest, "INVALID_ROLE", "The role you are attempting to operate on is invalid.", role}
}

func oldVersion() *refusal {
	return &refusal{http.StatusBadRequest, "VERSION", "A newer version of metadata is already available.", none{}}
}

func invalidParameters(detail any) *refusal {
	return &refusal{http.StatusBadRequest, "INVALID_PARAMETERS", "The parameters provided are not valid.", detail}
}

func updating() *refusal {
	return &refusal{http.StatusInternalServerError, "UPDATING", "An error has occurred while updating the TUF repository.", nil}
}

func unknown() *refusal {
	return &refusal{http.StatusInternalServerError, "UNKNOWN", "unknown error", none{}}
}

// unauthorized lists the access that was missing, as the real server does.
func unauthorized(detail any) *refusal {
	return &refusal{http.StatusUnauthorized, "UNAUTHORIZED", "authentication required", detail}
}

// invalidUpdate wraps what validation found; without a reason the server gives
// no detail.
func invalidUpdate(reason *reason) *refusal {
	r := &refusal{http.StatusBadRequest, "INVALID_UPDATE", "Update sent by the client is invalid.", nil}
	if reason != nil {
		r.detail = reason
	}
	return r
}

// A reason is the detail of a refused upload, in the server's own names.
type reason struct {
	Name  string
	Error any
}

type because struct{ Msg string }

func badRoot(format string, args ...any) *reason {
	return &reason{"ErrBadRoot", because{fmt.Sprintf(format, args...)}}
}

func badTargets(format string, args ...any) *reason {
	return &reason{"ErrBadTargets", because{fmt.Sprintf(format, args...)}}
}

func badSnapshot(format string, args ...any) *reason {
	return &reason{"ErrBadSnapshot", because{fmt.Sprintf(format, args...)}}
}

func badUpdate(format string, args ...any) *reason {
	return &reason{"ErrValidation", because{fmt.Sprintf(format, args...)}}
}

// write answers with the refusal.
func (r *refusal) write(w http.ResponseWriter) {
	type entry struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Detail  any    `json:"detail,omitempty"`
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(r.status)
	body := map[string][]entry{"errors": {{r.code, r.message, r.detail}}}
	_ = json.NewEncoder(w).Encode(body) // a client that went away is its own affair
}
