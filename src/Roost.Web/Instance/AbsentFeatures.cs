using Roost.Web.Http;

namespace Roost.Web.Instance;

/// <summary>
/// Answers about what cannot exist here: whoever asks for their lists gets an empty one, truthfully, and the client
/// starts. What does exist but cannot be asked for is not here: it is 404, like every unknown route.
/// </summary>
internal static class AbsentFeatures
{
    private static readonly byte[] _emptyList = "[]"u8.ToArray();

    private static readonly (string Pattern, Access Access)[] _emptyLists =
    [
    ];

    /// <summary>The routes of what does not exist here.</summary>
    public static IEnumerable<string> Patterns => _emptyLists.Select(one => one.Pattern);

    public static void Map(ApiRoutes routes)
    {
        foreach (var (pattern, access) in _emptyLists)
            routes.Get(pattern, access, static call => call.ReplyAsync(_emptyList));
    }
}
