using System.Buffers.Binary;
using Roost.Engine.Ids;

namespace Roost.Engine.Search.Segments;

/// <summary>An author as a term: 1, then the account's number. No term of a text begins so.</summary>
internal static class AuthorTerm
{
    public const int Length = 5;
    public const byte Kind = 1;

    public static void Write(Span<byte> to, AccountId author)
    {
        to[0] = Kind;
        BinaryPrimitives.WriteInt32BigEndian(to[1..], author.Value);
    }
}
