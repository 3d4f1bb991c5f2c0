package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"trustdeck/model"
)

// defaultRecords is what "records=0" means.
const defaultRecords = 100

// feed lists changes: of one repository, or of all where gun is empty.
func (s *notaryServer) feed(gun model.GUN) handler {
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		query := r.URL.Query()
		records, err := strconv.ParseInt(query.Get("records"), 10, 32)
		if err != nil {
			return invalidParameters(fmt.Sprintf("invalid records parameter: %v", err))
		}
		if records == 0 {
			records = defaultRecords
		}
		var from int64
		if id := query.Get("change_id"); id != "" {
			if from, err = strconv.ParseInt(id, 10, 32); err != nil {
				return invalidParameters(none{})
			}
		}
		s.store.Lock()
		changes := slices.Clone(s.store.changes)
		s.store.Unlock()
		changes = pick(changes, gun, from, records)
		return serveJSON(w, struct {
			Count   int      `json:"count"`
			Records []change `json:"records"`
		}{len(changes), changes})
	}
}

// pick returns at most records changes behind the one numbered from, oldest
// first. A negative number of either goes backwards: from the one numbered, or
// from the newest.
func pick(changes []change, gun model.GUN, from, records int64) []change {
	backwards := from < 0 || records < 0
	if records < 0 {
		records = -records
	}
	out := []change{}
	for i, c := range changes {
		number := int64(i + 1)
		switch {
		case gun != "" && c.GUN != string(gun):
		case backwards && from > 0 && number >= from:
		case !backwards && number <= from:
		default:
			out = append(out, c)
		}
	}
	if int64(len(out)) <= records {
		return out
	}
	if backwards {
		return out[int64(len(out))-records:]
	}
	return out[:records]
}
