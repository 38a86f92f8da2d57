namespace Roost.Replay.Reading;

/// <summary>
/// Reads the Higgs data set of SNAP (De Domenico, Lima, Mougel, Musolesi: The Anatomy of a Scientific Rumor, 2013):
/// what 304,691 Twitter users did about the Higgs boson from 1 to 7 July 2012.
/// </summary>
/// <remarks>
/// Accounts are all users of the four files. The union of the retweet, mention and reply networks stands for who
/// follows whom. The activity file has a line "actor target epoch-seconds RT|MT|RE" for everything that happened, in
/// order.
/// </remarks>
public static class HiggsReader
{
    private const string ActivityFile = "higgs-activity_time.txt";

    private static readonly string[] _networkFiles =
        ["higgs-retweet_network.edgelist", "higgs-mention_network.edgelist", "higgs-reply_network.edgelist"];

    // 9999-12-31T23:59:59Z, the last second that DateTimeOffset can hold.
    private const long EpochSecondsMax = 253_402_300_799;

    /// <param name="directory">Where the four files are, each gzipped (<c>.gz</c>) or not.</param>
    /// <exception cref="Roost.Rpc.ServiceException">A file is missing or unreadable, or a line is malformed: named
    /// with its number.</exception>
    public static Network Read(string directory)
    {
        var numbers = new AccountNumbers();
        var edges = new List<(int, int)>(1 << 19);
        var events = new List<Activity>(1 << 19);
        var activityPath = Find(directory, ActivityFile);
        ReadActivity(activityPath, events, numbers);
        foreach (var file in _networkFiles) EdgeListReader.ReadInto(Find(directory, file), edges, numbers);
        if (events.Count == 0) throw InputError.InFile(activityPath, "holds no activity.");

        var usernames = numbers.Close();
        var activities = new Activity[events.Count];
        for (var i = 0; i < activities.Length; i++)
        {
            var it = events[i];
            activities[i] = it with { Actor = numbers.IndexOf(it.Actor), Target = numbers.IndexOf(it.Target) };
        }
        var startsAt = DateTimeOffset.FromUnixTimeMilliseconds(activities[0].AtUnixMilliseconds);
        return new Network($"higgs of {directory}", usernames, numbers.ToFollows(edges), activities, startsAt);
    }

    private static string Find(string directory, string name)
    {
        var plain = Path.Combine(directory, name);
        var zipped = plain + ".gz";
        if (File.Exists(zipped)) return zipped;
        if (File.Exists(plain)) return plain;
        throw InputError.InFile(directory,
            $"neither {name}.gz nor {name} is there. Point --from at the directory of the Higgs files.");
    }

    /// <summary>Here actor and target are still the source's numbers.</summary>
    private static void ReadActivity(string path, List<Activity> events, AccountNumbers numbers)
    {
        using var reader = new LineReader(path);
        var newest = 0L;
        while (reader.TryRead(out var line))
        {
            var fields = new Fields(line);
            if (!fields.TryNextNumber(out var actor) || !fields.TryNextNumber(out var target)
                || !fields.TryNextLong(out var seconds) || seconds > EpochSecondsMax
                || !TryKind(fields.Next(), out var kind) || !fields.AtEnd)
                throw InputError.AtLine(path, reader.Line, "\"actor target epoch-seconds RT|MT|RE\"", line);
            if (seconds < newest)
                throw InputError.AtLine(path, reader.Line, $"a time not before the line above ({newest})", line);
            newest = seconds;
            events.Add(new Activity(actor, target, seconds * 1_000, kind));
            numbers.Add(actor);
            numbers.Add(target);
        }
    }

    private static bool TryKind(ReadOnlySpan<byte> field, out ActivityKind kind)
    {
        kind = field switch
        {
            [(byte)'R', (byte)'T'] => ActivityKind.Boost,
            [(byte)'M', (byte)'T'] => ActivityKind.Mention,
            [(byte)'R', (byte)'E'] => ActivityKind.Reply,
            _ => default,
        };
        return kind != default;
    }
}
