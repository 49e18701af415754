package engine

// Operation says how a password is being written.
type Operation uint8

// The operations. A change proves the old password; a set, such as an
// administrator's or a self-service reset, does not.
const (
	UnknownOperation Operation = iota
	Set
	Change
)

var operationNames = [...]string{"", "set", "change"}

// String returns "", "set" or "change".
func (o Operation) String() string { return operationNames[o] }

// ParseOperation returns the operation named "", "set" or "change".
func ParseOperation(name string) (Operation, bool) {
	for i, n := range operationNames {
		if n == name {
			return Operation(i), true
		}
	}
	return 0, false
}

// Subject is the person or account that the password is for. The zero value is
// valid: nothing is known. Check does not keep any part of it.
type Subject struct {
	Account string   // logon name, such as sAMAccountName
	Names   []string // display name, given name, surname, nicknames
	Mail    string   // mail address
	Tenant  string   // name of the organization
	Groups  []string // groups, for the choice of a policy
	// Attributes are what else an attacker may know of the person or account, such
	// as department, city or manager, as the caller chooses.
	Attributes []string
	Operation  Operation
	// OldPassword is the password to be replaced, when the caller has it.
	OldPassword []byte
	// Policy names the policy to apply; empty means the first one.
	Policy string
}

// named reports whether there is anything to take words of.
func (s *Subject) named() bool {
	return s.Account != "" || s.Tenant != "" || s.Mail != "" || len(s.Names)+len(s.Attributes) > 0
}
