package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"gatehouse/domain"
)

// The events of each account are a chain: domain.Event.Hash says of what. They are written without a place in it, by many
// at once, and the worker puts them into an order afterwards, so that no change ever waits for another one's event.

// chain is what is kept of an account's chain beside its events: the last one sealed, and the one behind which it begins.
type chain struct {
	account      string
	last, anchor domain.Seal
	mac          string
}

func scanChain(row scanner) (c chain, err error) {
	return c, row.Scan(&c.account, &c.last.Number, &c.last.Hash, &c.anchor.Number, &c.anchor.Hash, &c.mac)
}

const chainColumns = "account_id, seq, hash, anchor_seq, anchor_hash, mac"

// sign makes the mac of a chain.
func (s *Store) sign(c chain) string {
	mac := hmac.New(sha256.New, s.derive("audit chain"))
	fmt.Fprintf(mac, "%s\n%d %s\n%d %s", c.account, c.last.Number, c.last.Hash, c.anchor.Number, c.anchor.Hash)
	return hex.EncodeToString(mac.Sum(nil))
}

// readChain reads an account's chain inside a change; a new one when it has none yet.
func (s *Store) readChain(ctx context.Context, t *tx, account string) (chain, error) {
	c, err := one(ctx, t, scanChain, "select "+chainColumns+" from event_chains where account_id = $1", account)
	if !errors.Is(err, domain.ErrNotFound) {
		return c, wrap(err, "read the end of a chain")
	}
	c = chain{account: account}
	_, err = exec(ctx, t, "insert into event_chains ("+chainColumns+") values ($1, 0, '', 0, '', $2) on conflict (account_id) do nothing", account, s.sign(c))
	return c, wrap(err, "begin a chain")
}

// writeChain replaces what is kept of a chain; domain.ErrStale when another node was quicker.
func (s *Store) writeChain(ctx context.Context, t *tx, was, c chain) error {
	err := changed(ctx, t, `update event_chains set seq = $1, hash = $2, anchor_seq = $3, anchor_hash = $4, mac = $5
		where account_id = $6 and seq = $7 and anchor_seq = $8`,
		c.last.Number, c.last.Hash, c.anchor.Number, c.anchor.Hash, s.sign(c), c.account, was.last.Number, was.anchor.Number)
	return wrap(err, "write the end of a chain")
}

// SealDue puts up to n events that have been written into their chains, and says how many there were.
func (s *Store) SealDue(ctx context.Context, n int) (sealed int, err error) {
	err = s.tx(ctx, func(t *tx) error {
		due, err := all(ctx, t, scanEvent, "select "+eventColumns+" from events"+s.indexedBy("events_unsealed")+
			" where seq = 0 order by account_id, at, id limit $1", n)
		if err != nil {
			return fmt.Errorf("look for events to seal: %w", err)
		}
		sealed = len(due)
		for len(due) > 0 {
			of := 1
			for of < len(due) && due[of].AccountID == due[0].AccountID {
				of++
			}
			if err := s.enchain(ctx, t, due[:of]); err != nil {
				return err
			}
			due = due[of:]
		}
		return nil
	})
	if errors.Is(err, domain.ErrStale) {
		return 0, nil // another node is at it
	}
	return sealed, err
}

// enchain puts events of one account behind its chain.
func (s *Store) enchain(ctx context.Context, t *tx, due []domain.Event) error {
	was, err := s.readChain(ctx, t, due[0].AccountID)
	if err != nil {
		return err
	}
	c := was
	for _, e := range due {
		e = e.Seal(c.last, partKeys())
		c.last = e.Sealed
		err := changed(ctx, t, "update events set seq = $1, prev_hash = $2, hash = $3, part_keys = $4, part_digests = $5 where id = $6 and seq = 0",
			e.Sealed.Number, e.Sealed.Prev, e.Sealed.Hash, partsText(e.Keys), partsText(e.Digests), e.ID)
		if err != nil {
			return wrap(err, "seal an event")
		}
	}
	return s.writeChain(ctx, t, was, c)
}

// partKeys are new keys for the parts of an event.
func partKeys() (keys [domain.Parts]string) {
	for i := range keys {
		keys[i] = NewSecret()
	}
	return keys
}

// purgeEvery is how much older than it must be the oldest event is when a purge begins, so that the history does not tell
// of purges all day long.
const purgeEvery = 24 * time.Hour

// PurgeDue deletes up to n events of one account whose time is over (domain.Account.KeepsFrom), from the beginning of its
// chain, and says how many there were. The last of them stays behind as the anchor of the chain, and the history says
// what was deleted. Only what was sealed goes.
func (s *Store) PurgeDue(ctx context.Context, n int) (purged int, err error) {
	limited, err := all(ctx, s.read, s.scanAccount, "select "+accountColumns+" from accounts a where a.keep_months > 0 order by a.id")
	if err != nil {
		return 0, fmt.Errorf("look for histories to purge: %w", err)
	}
	for _, a := range limited {
		if purged, err = s.purge(ctx, a, n); purged > 0 || err != nil {
			return purged, err
		}
	}
	return 0, nil
}

func (s *Store) purge(ctx context.Context, a domain.Account, n int) (purged int, err error) {
	err = s.tx(ctx, func(t *tx) error {
		purged = 0
		was, err := s.readChain(ctx, t, a.ID)
		if err != nil {
			return err
		}
		first, err := all(ctx, t, scanEvent, "select "+eventColumns+" from events"+s.indexedBy("events_seq")+
			" where account_id = $1 and seq > 0 order by seq limit $2", a.ID, n)
		if err != nil {
			return fmt.Errorf("look for events to purge: %w", err)
		}
		now, c := s.now(), was
		if len(first) == 0 || !first[0].At.Before(a.KeepsFrom(now).Add(-purgeEvery)) {
			return nil
		}
		for _, e := range first {
			if !e.At.Before(a.KeepsFrom(now)) {
				break
			}
			c.anchor = e.Sealed
			purged++
		}
		ids := make([]any, purged)
		for i, e := range first[:purged] {
			ids[i] = e.ID
		}
		for _, sql := range []string{"delete from event_sites where event_id in (", "delete from events where id in ("} {
			if _, err := exec(ctx, t, sql+in(len(ids), 1)+")", ids...); err != nil {
				return fmt.Errorf("purge events: %w", err)
			}
		}
		if err := s.writeChain(ctx, t, was, c); err != nil {
			return err
		}
		return record(ctx, t, a.Purge(purged, c.anchor, now))
	})
	return purged, err
}

// An Audit is what the check of one account's chain came to.
type Audit struct {
	Account domain.Account // the zero Account for what concerns people without one
	// Sealed is how many entries were found good, Waiting how many are not sealed yet.
	Sealed, Waiting int64
	// Last is the end of the chain, to be noted elsewhere and compared later.
	Last domain.Seal
	// Flaw is the first thing that is wrong; nil when nothing is. It is a *domain.Flaw or ErrForged.
	Flaw error
}

// ErrForged says that what is kept of a chain's ends was not written by the server.
var ErrForged = errors.New("the ends of the chain that are kept were not written by this server")

// VerifyAudit checks the chain of one account, by its slug, or with none of every account, as they are at one moment.
// domain.ErrNotFound when there is no such account. What is wrong stands in the audits, not in the error.
func (s *Store) VerifyAudit(ctx context.Context, slug string) (audits []Audit, err error) {
	options := &sql.TxOptions{ReadOnly: true}
	if s.engine == postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	at, err := s.reads.BeginTx(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("begin to read the history: %w", err)
	}
	defer func() { err = errors.Join(err, at.Rollback()) }()
	t := &tx{sql: at, engine: s.engine, trace: s.trace}
	accounts, err := all(ctx, t, s.scanAccount, "select "+accountColumns+" from accounts a where cast($1 as text) = '' or lower(a.slug) = $1 order by a.slug", strings.ToLower(slug))
	if err != nil {
		return nil, fmt.Errorf("list the accounts: %w", err)
	}
	if slug == "" {
		accounts = append(accounts, domain.Account{})
	} else if len(accounts) == 0 {
		return nil, domain.ErrNotFound
	}
	for _, a := range accounts {
		audit, err := s.verifyChain(ctx, t, a)
		if err != nil {
			return nil, fmt.Errorf("read the history of %s: %w", a.Slug, err)
		}
		audits = append(audits, audit)
	}
	return audits, nil
}

// scanAudited is scanEvent for rows that somebody may have tampered with: values that cannot be read are no failure, but
// others than those that were sealed.
func scanAudited(row scanner) (domain.Event, error) {
	e, before, after, err := scanEventText(row)
	if err != nil {
		return e, err
	}
	if e.Before, err = readValues(before); err != nil {
		e.Before = map[string]string{"": before}
	}
	if e.After, err = readValues(after); err != nil {
		e.After = map[string]string{"": after}
	}
	return e, nil
}

// verifyChain checks one chain from its anchor to its end.
func (s *Store) verifyChain(ctx context.Context, t *tx, a domain.Account) (Audit, error) {
	audit := Audit{Account: a}
	kept, err := all(ctx, t, scanChain, "select "+chainColumns+" from event_chains where account_id = $1", a.ID)
	if err != nil {
		return audit, err
	}
	c := chain{account: a.ID}
	if len(kept) > 0 {
		c = kept[0]
		if !hmac.Equal([]byte(c.mac), []byte(s.sign(c))) {
			audit.Flaw = ErrForged
		}
	}
	if audit.Waiting, err = one(ctx, t, number, "select count(*) from events where account_id = $1 and seq = 0", a.ID); err != nil {
		return audit, err
	}
	if audit.Last = c.anchor; audit.Flaw != nil {
		return audit, nil
	}
	odd, err := all(ctx, t, scanAudited, "select "+eventColumns+" from events where account_id = $1 and seq < 0 limit 1", a.ID)
	if err != nil {
		return audit, err
	}
	if len(odd) > 0 {
		_, audit.Flaw = audit.Last.Check(odd[0])
		return audit, nil
	}
	erased, err := erasedIn(ctx, t, a.ID)
	if err != nil {
		return audit, err
	}
	// From the first one on, not from the anchor: what stands before it was put there.
	for from := int64(0); ; {
		const batch = 1000
		rows, err := all(ctx, t, scanAudited, "select "+eventColumns+" from events"+s.indexedBy("events_seq")+
			" where account_id = $1 and seq > 0 and seq > $2 order by seq limit $3", a.ID, from, batch)
		if err != nil {
			return audit, err
		}
		for _, e := range rows {
			if audit.Last, audit.Flaw = audit.Last.Check(e); audit.Flaw != nil {
				return audit, nil
			}
			if audit.Flaw = e.CheckErased(erased); audit.Flaw != nil {
				return audit, nil
			}
			audit.Sealed++
			from = e.Sealed.Number
		}
		if len(rows) < batch {
			break
		}
	}
	audit.Flaw = audit.Last.CheckEnd(c.last)
	return audit, nil
}
