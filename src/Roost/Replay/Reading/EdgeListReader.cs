using Roost.Engine.Ids;

namespace Roost.Replay.Reading;

/// <summary>
/// Reads an edge list as SNAP publishes them: a line "a b" says that a follows b. Lines that start with <c>#</c> are
/// comments; fields are separated by spaces or tabs; a third field (weight or time) is passed over. Gzipped or not.
/// </summary>
public static class EdgeListReader
{
    /// <summary>The network of the edges alone, in which nothing happens.</summary>
    /// <exception cref="Roost.Rpc.ServiceException">The file cannot be read, or a line is malformed: named with its
    /// number.</exception>
    public static Network Read(string path)
    {
        var edges = new List<(int, int)>();
        var numbers = new AccountNumbers();
        ReadInto(path, edges, numbers);
        if (edges.Count == 0) throw InputError.InFile(path, "holds no edges; expected lines of two account numbers.");
        var usernames = numbers.Close();
        return new Network($"edges of {path}", usernames, numbers.ToFollows(edges), [],
            DateTimeOffset.FromUnixTimeMilliseconds(PostId.EpochUnixMilliseconds));
    }

    internal static void ReadInto(string path, List<(int From, int To)> edges, AccountNumbers numbers)
    {
        using var reader = new LineReader(path);
        while (reader.TryRead(out var line))
        {
            if (line[0] == (byte)'#') continue;
            var fields = new Fields(line);
            if (!fields.TryNextNumber(out var from) || !fields.TryNextNumber(out var to)
                || !EndsAfterOneMore(ref fields))
                throw InputError.AtLine(path, reader.Line,
                    "two account numbers (0 to 2147483647) and perhaps a weight", line);
            edges.Add((from, to));
            numbers.Add(from);
            numbers.Add(to);
        }
    }

    private static bool EndsAfterOneMore(ref Fields fields)
    {
        fields.Next();
        return fields.AtEnd;
    }
}
