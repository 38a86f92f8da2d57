using System.Net;
using System.Text.Json;
using Xunit;

namespace Roost.Cluster.Tests.Crash.Load;

/// <summary>
/// Finds out what became of the requests that a crash left unanswered. Either outcome is right, but it must be one of
/// the two: a post is sent again with its key, everything else is looked up. Afterwards the model knows all.
/// </summary>
internal sealed class Settlement(NetworkModel model, Client client)
{
    private int _done;

    /// <summary>How many turned out to have been done, posts aside, which are done now.</summary>
    public int Done => _done;

    public Task RunAsync(IReadOnlyList<Operation> unanswered, CancellationToken ct) =>
        Task.WhenAll(unanswered.Select(operation => SettleAsync(operation, ct)));

    private async Task SettleAsync(Operation operation, CancellationToken ct)
    {
        switch (operation.Kind)
        {
            case OperationKind.Post:
                var reply = await operation.TrySendAsync(client, model.People, ct);
                Assert.NotNull(reply);
                model.Take(operation, reply);
                break;
            case OperationKind.Delete:
                await SettleDeletionAsync(operation, ct);
                break;
            case OperationKind.Follow or OperationKind.Unfollow:
                await SettleFollowAsync(operation, ct);
                break;
            default:
                await SettleMarkAsync(operation, ct);
                break;
        }
    }

    private async Task SettleDeletionAsync(Operation operation, CancellationToken ct)
    {
        var reply = await GetAsync(operation, $"/api/v1/statuses/{operation.Post}", ct);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            Acknowledge(operation, default);
            return;
        }
        Assert.True(reply.IsSuccess, $"After {operation} was cut off, its post is answered {reply}");
        model.Keep(operation.Post);
    }

    private async Task SettleFollowAsync(Operation operation, CancellationToken ct)
    {
        var path = $"/api/v1/accounts/relationships?id%5B%5D={model.People[operation.Other].Id}";
        var reply = await GetAsync(operation, path, ct);
        Assert.True(reply.IsSuccess, $"After {operation} was cut off, {path} is answered {reply}");
        if (reply.Json[0].FlagOf("following") == (operation.Kind == OperationKind.Follow)) Acknowledge(operation, default);
    }

    private async Task SettleMarkAsync(Operation operation, CancellationToken ct)
    {
        var reply = await GetAsync(operation, $"/api/v1/statuses/{operation.Post}", ct);
        if (reply.Status == HttpStatusCode.NotFound)
        {
            Assert.True(
                model.Post(operation.Post).IsGoing,
                $"After {operation} was cut off, its post is gone, though nobody deleted it.");
            return;
        }
        Assert.True(reply.IsSuccess, $"After {operation} was cut off, its post is answered {reply}");
        var isBoost = operation.Kind is OperationKind.Boost or OperationKind.Unboost;
        var isMarked = reply.Json.FlagOf(isBoost ? "reblogged" : "favourited");
        if (isMarked != operation.Kind is OperationKind.Boost or OperationKind.Favourite) return;
        Acknowledge(operation, operation.Kind == OperationKind.Boost ? await FindBoostAsync(operation, ct) : default);
    }

    /// <summary>The boost itself, which nobody was told the id of.</summary>
    private async Task<JsonElement> FindBoostAsync(Operation operation, CancellationToken ct)
    {
        var person = model.People[operation.Account];
        var found = new List<JsonElement>();
        await client.PageAsync($"/api/v1/accounts/{person.Id}/statuses?limit=40", person.Token, page => found.AddRange(
            page.EnumerateArray().Where(entry => entry.GetProperty("reblog") is { ValueKind: JsonValueKind.Object } boosted
                && boosted.LongOf("id") == operation.Post)), ct);
        return Assert.Single(found);
    }

    private Task<Reply> GetAsync(Operation operation, string path, CancellationToken ct) =>
        client.GetAsync(path, model.People[operation.Account].Token, ct);

    private void Acknowledge(Operation operation, JsonElement json)
    {
        Interlocked.Increment(ref _done);
        model.Acknowledge(operation, json);
    }
}
