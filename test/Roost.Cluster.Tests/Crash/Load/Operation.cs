namespace Roost.Cluster.Tests.Crash.Load;

internal enum OperationKind
{
    Post,
    Boost,
    Unboost,
    Favourite,
    Unfavourite,
    Follow,
    Unfollow,
    Delete,
}

/// <summary>One request that changes something.</summary>
/// <param name="Account">Who sends it: an index into the people of the test.</param>
/// <param name="Post">What is boosted, favourited, deleted, or answered by a post; 0 for none.</param>
/// <param name="Other">Who is followed or unfollowed: an index.</param>
internal sealed record Operation(OperationKind Kind, int Account, long Post = 0, int Other = 0)
{
    /// <summary>Idempotency-Key of a post.</summary>
    public string? Key { get; init; }

    /// <summary>Text of a post.</summary>
    public string? Text { get; init; }

    /// <summary>Sends it once; null when the server went away before it had answered.</summary>
    public Task<Reply?> TrySendAsync(Client client, IReadOnlyList<Person> people, CancellationToken ct)
    {
        var token = people[Account].Token;
        return Kind switch
        {
            OperationKind.Post => client.TrySendAsync(
                HttpMethod.Post, "/api/v1/statuses", token,
                new { status = Text, in_reply_to_id = Post == 0 ? null : $"{Post}" }, Key, ct),
            OperationKind.Delete => client.TrySendAsync(
                HttpMethod.Delete, $"/api/v1/statuses/{Post}", token, null, null, ct),
            OperationKind.Follow or OperationKind.Unfollow => client.TrySendAsync(
                HttpMethod.Post, $"/api/v1/accounts/{people[Other].Id}/{Verb}", token, new { }, null, ct),
            _ => client.TrySendAsync(
                HttpMethod.Post, $"/api/v1/statuses/{Post}/{Verb}", token, new { }, null, ct),
        };
    }

    private string Verb => Kind switch
    {
        OperationKind.Boost => "reblog",
        OperationKind.Unboost => "unreblog",
        _ => Kind.ToString().ToLowerInvariant(),
    };
}
