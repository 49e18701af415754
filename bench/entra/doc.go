// Package entra is a plain implementation of the documented rules of Microsoft
// Entra password protection, as anybody would write it from the text: the peer
// that the engine is measured beside. It shares no code with the engine.
//
//	lower case ──> substitutions ──> whole password near a term? name inside?
//	                                 └─> points: cheapest segmentation
//
// The rules are those of "Eliminate bad passwords using Microsoft Entra Password
// Protection" (learn.microsoft.com, concept-password-ban-bad), with the four
// substitutions that page prints. A [Checker] is immutable.
package entra
