package notaryserver

import (
	"context"
	"strconv"

	"trustdeck/model"
	"trustdeck/model/port"
)

// lastFew is how many changes are read where none is known yet: enough for what happens
// between two requests.
const lastFew = 100

var _ port.Feed = (*Client)(nil)

// Since reads the changefeed of the whole server from the change that is known on, so that
// the answer shows whether it is still there: a server that was put back to an earlier state,
// or begun anew, has another one in its place.
func (c *Client) Since(ctx context.Context, _ model.GUN, after port.Change) (port.News, error) {
	from := page{path: wholeFeed, after: "-1"} // backwards from the newest
	id, err := strconv.ParseUint(after.ID, 10, 63)
	if err != nil || id == 0 {
		return c.latest(ctx, from, false)
	}
	from.after = strconv.FormatUint(id-1, 10)
	var news port.News
	first, known := true, false
	err = c.feed(ctx, from, func(r record, name model.GUN) {
		change := r.change(name)
		if first && change.ID == after.ID && name == after.GUN && change.SHA256 == after.SHA256 {
			first, known = false, true
			return
		}
		first = false
		news.Changes = append(news.Changes, change)
	})
	if err != nil || known {
		return news, err
	}
	from.after = "-1"
	return c.latest(ctx, from, true)
}

// latest are the last few changes.
func (c *Client) latest(ctx context.Context, from page, broken bool) (port.News, error) {
	records, err := c.page(ctx, from, lastFew)
	news := port.News{Broken: broken}
	for _, r := range records {
		if name, ok := c.named(from.path, r); ok {
			news.Changes = append(news.Changes, r.change(name))
		}
	}
	return news, err
}
