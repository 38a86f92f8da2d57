using System.Text.Json;
using Roost.Services.Push;
using Roost.Web.Http;

namespace Roost.Web.Streaming;

/// <summary>The streams' names in the client API, and what they mean.</summary>
internal static class StreamNames
{
    /// <summary>Who may not read notifications gets its stream <c>user</c> without.</summary>
    public const string NoticesScope = "read:notifications";

    /// <summary>Hashtags that a stream may ask for besides its first.</summary>
    private const int AllTagsMax = 4;

    private const int TagLengthMax = 255;

    // What is told stands here, too: one and the same for all sockets, which are known by it to get equal bytes. So
    // does the topic of what needs no more than its name.
    private static readonly (string Name, StreamTopic Topic, string ToldAs)[] _names =
    [
        Named("user", StreamKind.User),
        Named("user:notification", StreamKind.Notifications),
        Named("public", StreamKind.Public),
        Named("public:media", StreamKind.PublicMedia),
        Named("public:local", StreamKind.PublicLocal),
        Named("public:local:media", StreamKind.PublicLocalMedia),
        Named("public:remote", StreamKind.PublicRemote),
        Named("public:remote:media", StreamKind.PublicRemoteMedia),
        Named("hashtag", StreamKind.Hashtag),
        Named("hashtag:local", StreamKind.HashtagLocal),
        Named("search", StreamKind.Search),
        Named("list", StreamKind.List),
        Named("direct", StreamKind.Direct),
    ];

    /// <summary>As they are told with each event on a socket: <c>["hashtag","cats"]</c>.</summary>
    public static string ToldAs(string name, StreamTopic topic) => topic.Kind switch
    {
        StreamKind.Hashtag or StreamKind.HashtagLocal or StreamKind.Search => $"[\"{name}\",{Quoted(topic.Tag)}]",
        StreamKind.List => $"[\"{name}\",\"{topic.Subject}\"]",
        _ => Array.Find(_names, one => one.Name == name).ToldAs,
    };

    /// <summary>Reads a name with what belongs to it.</summary>
    /// <param name="parameter">Gets <c>tag</c>, <c>list</c> or <c>q</c>.</param>
    /// <param name="allTags">Hashtags that a post must have besides.</param>
    /// <param name="scope">Gets the scope that its reader must have.</param>
    /// <exception cref="StreamRefusal">There is no such stream, or something that belongs to it is missing.</exception>
    public static StreamTopic Read(
        string? name, Func<string, string?> parameter, IReadOnlyList<string> allTags, out string scope)
    {
        var index = Array.FindIndex(_names, one => one.Name == name);
        if (index < 0)
            throw new StreamRefusal("Unknown stream type");
        var topic = _names[index].Topic;
        var kind = topic.Kind;
        scope = kind switch
        {
            StreamKind.Notifications => NoticesScope,
            StreamKind.Search => "read:search",
            _ => "read:statuses",
        };
        return kind switch
        {
            StreamKind.Hashtag or StreamKind.HashtagLocal => OfTag(kind, parameter("tag"), allTags),
            StreamKind.Search => OfQuery(parameter("q")),
            StreamKind.List => long.TryParse(parameter("list"), out var list)
                ? new StreamTopic(kind, list)
                : throw new StreamRefusal("Missing list name parameter"),
            _ => topic,
        };
    }

    /// <summary>The name that a path below <c>/api/v1/streaming/</c> stands for.</summary>
    public static string OfPath(string path, bool onlyMedia)
    {
        var name = path.Replace('/', ':');
        return onlyMedia && name.StartsWith("public", StringComparison.Ordinal) ? name + ":media" : name;
    }

    private static StreamTopic OfTag(StreamKind kind, string? tag, IReadOnlyList<string> allTags)
    {
        if (string.IsNullOrWhiteSpace(tag))
            throw new StreamRefusal("Missing tag name parameter");
        if (allTags.Count > AllTagsMax)
            throw new StreamRefusal($"all has {allTags.Count} hashtags; send {AllTagsMax} at most");
        if (allTags.Append(tag).Any(one => one.Length > TagLengthMax))
            throw new StreamRefusal($"A hashtag has {TagLengthMax} characters at most");
        return new StreamTopic(kind, 0, tag.TrimStart('#'), allTags.Count == 0 ? null : allTags);
    }

    private static StreamTopic OfQuery(string? query) => string.IsNullOrWhiteSpace(query)
        ? throw new StreamRefusal("q is missing: what posts shall have, as in a search")
        : new StreamTopic(StreamKind.Search, 0, query.Trim());

    private static (string Name, StreamTopic Topic, string ToldAs) Named(string name, StreamKind kind) =>
        (name, new StreamTopic(kind), $"[\"{name}\"]");

    private static string Quoted(string text) =>
        $"\"{JsonEncodedText.Encode(text, JsonReplies.WriterOptions.Encoder)}\"";
}

/// <summary>A stream that cannot be opened, for a reason that lies in what was asked.</summary>
internal sealed class StreamRefusal(string message) : Exception(message);
