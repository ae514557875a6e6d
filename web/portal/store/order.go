package store

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/web/portal/order"
)

// Orders is the part of Store about orders that need no login. The store judges no transition: the caller has made the next version
// by order.Apply, and the store keeps it unless somebody else has made one since.
type Orders interface {
	// CreateOrder keeps a new order of version 1. Refusals: refusal.ApplicationChanged if its reference is taken.
	CreateOrder(ctx context.Context, o order.Order) error
	// ChangeOrder keeps the next version of an order, with the change that led to it, and puts jobs down. Its kind, form and fee never change.
	// Refusals: refusal.ApplicationChanged unless the version that is kept is the one before o's.
	ChangeOrder(ctx context.Context, o order.Order, c order.Change, jobs ...Job) error
	// Order returns an order by its reference.
	Order(ctx context.Context, reference string) (order.Order, error)
	// OrderHistory returns an order's changes in their order, the first of which created it.
	OrderHistory(ctx context.Context, reference string) ([]order.Change, error)
	// OrdersIn returns those in a state, the one that has been there longest first, at most limit.
	OrdersIn(ctx context.Context, state order.State, limit int) ([]order.Order, error)
	// CountOrders returns how many there are in each state that any is in.
	CountOrders(ctx context.Context) (map[order.State]int, error)
	// EraseOrders overwrites the forms of orders that ended before a time, at most limit, and returns how many. Their changes stay.
	EraseOrders(ctx context.Context, endedBefore time.Time, limit int) (int, error)
}
