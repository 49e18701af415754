// Package model decides passwords slowly and obviously, as a reference for
// package engine. It is written from docs/DECISION.md, shares no code with the
// engine, and states its costs and tables again.
//
//	text ──> fold ──> positions ──┬─> occurrences of terms and subject's words
//	         x/text               ├─> spans that are a pattern
//	                              └─> parts that are listed
//	                                     │ segments: span + cost
//	                                     v
//	          Result <── rules <── cheapest segmentation (dynamic program)
//
// Every span is looked at, every alignment of every term is tried, nothing is
// remembered between them; time grows with the cube of the length and the
// number of terms. It is meant for passwords of a few dozen characters.
//
// What it does not know:
//
//   - The confusables of UTS 39. It has those of the Greek and Cyrillic letters
//     in use, checked by hand, and knows that Hangul, Han and kana have none.
//     [Knows] tells whether a rune is among those it folds like the engine;
//     comparisons are made of such runes only.
//   - The bound on the steps of the engine's search, and that on the number of
//     positions. Comparisons keep below both.
//   - Policies by name and group, modes of a policy, lists by name: it has one
//     policy and one list.
//
// Where segmentations are equally cheap, which of them is blamed is not
// determined; a [Result] has the reasons of all of them.
package model
