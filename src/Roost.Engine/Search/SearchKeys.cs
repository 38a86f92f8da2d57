using System.Buffers.Binary;
using Roost.Engine.Ids;

namespace Roost.Engine.Search;

/// <summary>
/// Terms that no text has, for what a post is about rather than says: a byte below blank (1 is the index's own, for
/// authors), then an account's id. The index keeps them as it keeps words.
/// </summary>
public static class SearchKeys
{
    /// <summary>Length of each of these terms, in bytes.</summary>
    public const int Bytes = 5;

    private const byte AnsweringPrefix = 2;
    private const byte MentioningPrefix = 3;

    /// <summary>Of a post that answers one of this account's.</summary>
    public static SearchTerm Answering(AccountId account)
    {
        Span<byte> key = stackalloc byte[Bytes];
        WriteAnswering(account, key);
        return new SearchTerm(key);
    }

    /// <summary>Of a post that names this account.</summary>
    public static SearchTerm Mentioning(AccountId account)
    {
        Span<byte> key = stackalloc byte[Bytes];
        WriteMentioning(account, key);
        return new SearchTerm(key);
    }

    public static void WriteAnswering(AccountId account, Span<byte> to) => Write(AnsweringPrefix, account, to);

    public static void WriteMentioning(AccountId account, Span<byte> to) => Write(MentioningPrefix, account, to);

    private static void Write(byte prefix, AccountId account, Span<byte> to)
    {
        to[0] = prefix;
        BinaryPrimitives.WriteInt32BigEndian(to[1..], account.Value);
    }
}
