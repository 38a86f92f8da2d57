namespace Roost.Tests.Web.Recorded;

/// <summary>Where our answers differ from a real server's, and why they may.</summary>
internal static class KnownDifferences
{
    private const string Films =
        "The recorded file was a film; a picture stands for it, which is ready at once and has neither colours nor duration.";
    private const string Askers = "The recording does not tell who asked, and here another person did than there.";
    private const string Before = "What was there before the recording began is not in it.";

    private const string Newer = "Newer than the version that Roost speaks.";
    private const string Reported = "Reported posts are shown to administrators without marks of their own.";

    private static readonly (string Part, string Reason)[] _all =
    [
        ("/for_bots", "The policy has no choice of its own for bots."),
        ("/configuration/accounts/max_", Newer),
        ("/configuration/limited_federation", Newer),
        ("/configuration/timelines_access", Newer),
        ("/registrations/reason_required", Newer),
        ("/thumbnail/description", Newer),
        ("/wrapstodon", Newer),
        ("/allow_with_approval", Newer),
        ("/statuses/*/bookmarked", Reported),
        ("/statuses/*/favourited", Reported),
        ("/statuses/*/filtered", Reported),
        ("/statuses/*/muted", Reported),
        ("/statuses/*/reblogged", Reported),
        ("GET /api/v1/notifications/{id}: answers 404", Askers),
        ("/enable: answers 403", Askers),
        ("lacks /account/suspended", "The administrator is told beside the account."),
        ("/usage/users/activeHalfyear", "NodeInfo leaves it out where it is not counted; the month is."),
        ("/params/allowed_mentions", "A scheduled post names whom it names."),
        ("lacks /details/password", "Whoever does not accept the terms is told that first."),
        ("/emails/confirmations: answers 403", "No address waits for being confirmed."),
        ("GET /api/v1/instance/domain_blocks: answers 200, not 404", "That server hides whom it blocks; this one tells."),
        ("One of media_ids is not there", Askers),
        ("/reblog: lacks /reblog/pinned", Askers),
        ("/api/v2/notifications/{name}", Askers),
        ("/api/v1/notifications/{id}/dismiss: answers 404", Askers),
        ("DELETE /api/v1/filters/{id}: answers 404", Askers),
        ("/meta/colors", Films),
        ("/meta/original/", Films),
        ("POST /api/v2/media: answers 200, not 202", Films),
        ("PUT /api/v1/media/{id}: answers 200, not 206", Films),
        ("DELETE /api/v1/statuses/{id}: lacks /reblog/text", "Only what was deleted comes back with its source, not what it boosted."),
        ("DELETE /api/v1/statuses/{id}: lacks /quote/quoted_status/text",
            "Only what was deleted comes back with its source, not what it quoted."),
        ("/push/subscription: /id is of kind string", "As the schema has it, and all other ids are."),
        (": the answer is empty", Before),
        ("DELETE /api/v1/statuses/{id}: answers 404", Askers),
        ("GET /api/v1/statuses/{id}: answers 404", Askers),
        ("GET /api/v1/timelines/link: answers 200, not 404", "A link that nobody posts has a timeline without posts."),
    ];

    /// <summary>Null where a difference has no reason.</summary>
    public static string? ReasonFor(string difference) =>
        _all.FirstOrDefault(one => difference.Contains(one.Part, StringComparison.Ordinal)).Reason;
}
