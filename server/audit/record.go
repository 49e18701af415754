package audit

import (
	"github.com/vetopw/veto/engine"
)

// Sizes of the fixed parts of a record. A longer account, or one more list, is
// left out and told in the record's erased fields.
const (
	IDBytes      = 24
	AccountBytes = 128
	MaxLists     = 4
)

// Decision is the record of one verdict or declared answer. It has a fixed size
// and is copied into the queue; its strings have to outlive the request.
type Decision struct {
	Time      int64 // nanoseconds since 1970, of the wall clock
	Latency   int64 // nanoseconds the engine took
	ID        [IDBytes]byte
	Actor     string // who asked, or empty
	Policy    string
	Snapshot  string
	Cause     string // why there is no verdict, or empty
	Lists     [MaxLists]string
	AllLists  bool // Lists are all that the verdict rests on; not recorded
	Channel   Channel
	Operation engine.Operation
	Mode      engine.Mode
	Decision  engine.Decision
	Would     engine.Decision
	Reasons   engine.Reasons
	Audited   engine.Reasons // of these, the ones that refuse nothing
	Erased    Fields
	length    uint8
	account   [AccountBytes]byte
}

// SetAccount copies the account, unless it is too long: then it is erased.
func (d *Decision) SetAccount(account string) {
	d.length = 0
	if len(account) > AccountBytes {
		d.Erased |= Account
		return
	}
	d.length = uint8(copy(d.account[:], account))
}

// Channel is the way on which a password came.
type Channel uint8

// The channels.
const (
	UnknownChannel Channel = iota // of records from before there were channels
	API                           // POST /v1/check
	Batch                         // POST /v1/check:batch
	Local                         // the local endpoint, which the filters in C ask
	channelCount
)

var channelNames = [channelCount]string{"unknown", "api", "batch", "local"}

// String returns the name, such as "api".
func (c Channel) String() string { return channelNames[c] }

// Channels returns the names of all channels.
func Channels() []string { return channelNames[:] }

// Report is the number of decisions of one kind that another machine has told of,
// which keeps the records of them.
type Report struct {
	Actor     string // whose report it is, or empty
	Host      string // name of the machine
	Site      string // where it stands, or empty
	Channel   Channel
	Operation engine.Operation
	Decision  engine.Decision // Undecided: no verdict, whatever was answered
	Would     engine.Decision
	Count     uint64
}

// Fields is a set of fields of a request that were there and are not recorded.
type Fields uint16

// The fields of a request.
const (
	Password Fields = 1 << iota
	Account
	Names
	Mail
	Tenant
	Attributes
	Groups
	OldPassword
)

// fieldNames are the names of the API, in the order of the bits.
var fieldNames = [...]string{"password", "account", "names", "mail", "tenant", "attributes", "groups", "old_password"}

// Change is the record of one change of what decides.
type Change struct {
	Actor  string // who changed it, or empty
	Action string // such as "snapshot.swap"
	Target string // what was changed, such as the name of a list
	Before string // id of the state before, or empty
	After  string // id of the state after, or empty
}
