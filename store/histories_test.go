package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"gatehouse/domain"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// lived is what the model knows of a membership: enough to say what any deed answers.
type lived struct {
	state      domain.State
	generation int
	role       domain.RoleID
}

// A deed is what somebody asked for, between two moments, and what they were told.
type deed struct {
	name       string
	generation int           // of the link, when it is an acceptance
	role       domain.RoleID // when it is a change of role
	call, back int64
	answer     string
}

const refusal = "refused"

// does is what a deed makes of a membership when nothing else happens meanwhile, and what it answers (domain.Membership).
func (d deed) does(m lived) (lived, string) {
	was := m
	in := m.state == domain.StateAccepted || m.state == domain.StateSuspended
	switch {
	case d.name == "read":
	case d.name == "resend" && !in:
		m.state, m.generation = domain.StatePending, m.generation+1
	case d.name == "revoke" && m.state == domain.StatePending:
		m.state = domain.StateRevoked
	case d.name == "accept" && m.state == domain.StatePending && m.generation == d.generation:
		m.state = domain.StateAccepted
	case d.name == "suspend" && m.state == domain.StateAccepted:
		m.state = domain.StateSuspended
	case d.name == "resume" && m.state == domain.StateSuspended:
		m.state = domain.StateAccepted
	case d.name == "role" && in && m.role != d.role:
		m.role = d.role
	default:
		return was, refusal
	}
	return m, fmt.Sprint(m)
}

// linearizable reports whether the deeds can be put into an order in which each answers as it did, and none comes before one
// that had been answered when it was asked for. At most 64 deeds.
func linearizable(m lived, deeds []deed) bool {
	type point struct {
		done uint64
		at   lived
	}
	dead := map[point]bool{}
	var try func(p point) bool
	try = func(p point) bool {
		if p.done == 1<<len(deeds)-1 {
			return true
		}
		if dead[p] {
			return false
		}
		first := int64(1 << 62) // nothing that was asked for after this can be the next one
		for i, d := range deeds {
			if p.done&(1<<i) == 0 {
				first = min(first, d.back)
			}
		}
		for i, d := range deeds {
			if p.done&(1<<i) != 0 || d.call > first {
				continue
			}
			if after, answer := d.does(p.at); answer == d.answer && try(point{p.done | 1<<i, after}) {
				return true
			}
		}
		dead[p] = true
		return false
	}
	return try(point{at: m})
}

// RACE-13: what many do at once to an invite, and to the person it becomes, looks to all of them as if it had been done one
// after the other. GATEHOUSE_ROUNDS=4200 makes it 100,000 deeds.
func TestRACE13_HistoriesAreLinearizable(t *testing.T) {
	for _, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, engine, func(c *store.Config) { c.Limits.SendsPerHour = 1 << 30 })
			must(t, h.Exec(h.ctx(), "update accounts set reminders = 0 where slug <> 'twin'"))
			dana := h.at(store.Dana, store.Brightwater)
			answers := map[string]int{}
			for round, least := 0, rounds(t, 15); round < least || len(answers) < len(deedNames); round++ {
				if round > 40*least {
					t.Fatalf("in %d rounds nothing was done but %v", round, answers)
				}
				m, err := h.CreateInvite(h.ctx(), dana, draft(fmt.Sprintf("life%d@brightwater.example", round)))
				must(t, err)
				start := lived{domain.StatePending, 1, m.Role}
				deeds := h.livesOf(dana, m.ID)
				for _, d := range deeds {
					if d.answer != refusal {
						answers[d.name]++
					}
				}
				if !linearizable(start, deeds) {
					t.Fatalf("round %d: in no order did what follows happen to %+v:\n%+v", round, start, deeds)
				}
			}
		})
	}
}

var deedNames = []string{"read", "resend", "revoke", "accept", "suspend", "resume", "role"}

// livesOf lets four people do six things each to one membership, and tells what each was answered.
func (h house) livesOf(by domain.Actor, id string) []deed {
	const people, things = 4, 6
	var clock atomic.Int64
	var mu sync.Mutex
	var deeds []deed
	var all []func()
	for range people {
		all = append(all, func() {
			generation := 1
			for range things {
				d := deed{name: deedNames[rand.IntN(len(deedNames))], generation: generation, role: domain.RoleUser}
				if rand.IntN(2) == 0 {
					d.role = domain.RoleMember
				}
				d.call = clock.Add(1)
				after, err := h.deed(by, id, d)
				d.back = clock.Add(1)
				var refused *domain.Refusal
				switch {
				case err == nil:
					generation = after.Generation
					d.answer = fmt.Sprint(lived{after.State(h.clock.Now()), after.Generation, after.Role})
				case errors.As(err, &refused), errors.Is(err, domain.ErrNotFound):
					d.answer = refusal
				default:
					h.t.Errorf("%s: %v", d.name, err)
				}
				mu.Lock()
				deeds = append(deeds, d)
				mu.Unlock()
			}
		})
	}
	together(all...)
	return deeds
}

func (h house) deed(by domain.Actor, id string, d deed) (domain.Membership, error) {
	bulk := func(outcomes []store.Outcome, err error) (domain.Membership, error) {
		if err != nil {
			return domain.Membership{}, err
		}
		return outcomes[0].Membership, outcomes[0].Err
	}
	it := store.Chosen{IDs: []string{id}}
	switch d.name {
	case "resend":
		return bulk(h.Resend(h.ctx(), by, it))
	case "revoke":
		return bulk(h.Revoke(h.ctx(), by, it))
	case "accept":
		_, m, err := h.accept(domain.Membership{ID: id, Generation: d.generation})
		return m, err
	case "suspend":
		return bulk(h.Suspend(h.ctx(), by, it))
	case "resume":
		return bulk(h.Resume(h.ctx(), by, it))
	case "role":
		return bulk(h.ChangeRoles(h.ctx(), by, it, string(d.role)))
	}
	return h.ReadMembership(h.ctx(), id)
}

// The checker of RACE-13 finds what can be put into an order, and nothing else.
func TestLinearizable(t *testing.T) {
	start := lived{domain.StatePending, 1, domain.RoleUser}
	in, out := fmt.Sprint(lived{domain.StateAccepted, 1, domain.RoleUser}), fmt.Sprint(lived{domain.StateRevoked, 1, domain.RoleUser})
	accept := func(call, back int64, answer string) deed {
		return deed{name: "accept", generation: 1, call: call, back: back, answer: answer}
	}
	revoke := func(call, back int64, answer string) deed {
		return deed{name: "revoke", call: call, back: back, answer: answer}
	}
	read := func(call, back int64, answer string) deed {
		return deed{name: "read", call: call, back: back, answer: answer}
	}
	for name, c := range map[string]struct {
		deeds []deed
		want  bool
	}{
		"one wins":             {[]deed{accept(1, 4, in), revoke(2, 3, refusal)}, true},
		"the other wins":       {[]deed{accept(1, 4, refusal), revoke(2, 3, out)}, true},
		"both win":             {[]deed{accept(1, 4, in), revoke(2, 3, out)}, false},
		"nobody wins":          {[]deed{accept(1, 4, refusal), revoke(2, 3, refusal)}, false},
		"read while it is":     {[]deed{accept(1, 4, in), read(2, 3, fmt.Sprint(start))}, true},
		"read what is over":    {[]deed{accept(1, 2, in), read(3, 4, fmt.Sprint(start))}, false},
		"read what is to come": {[]deed{read(1, 2, in), accept(3, 4, in)}, false},
		"read back and forth":  {[]deed{accept(1, 8, in), read(2, 3, in), read(4, 5, fmt.Sprint(start))}, false},
	} {
		if got := linearizable(start, c.deeds); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
