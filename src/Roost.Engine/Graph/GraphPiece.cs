namespace Roost.Engine.Graph;

/// <summary>
/// A part of one side of a graph, to be stored. Either the lists of many accounts, as they lie in a slab, or the list
/// of one that has more than 1,024 ids.
/// </summary>
/// <param name="Account">Whose list it is; 0 for many accounts.</param>
/// <param name="Ints">Length in all: of <paramref name="Packed"/> or of <paramref name="List"/>.</param>
/// <param name="Packed">Many lists; valid until the next piece is asked for.</param>
/// <param name="List">One list.</param>
public readonly record struct GraphPiece(int Account, int Ints, ReadOnlyMemory<int> Packed, SortedIds List);
