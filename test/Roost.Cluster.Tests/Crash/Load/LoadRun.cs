using System.Globalization;

namespace Roost.Cluster.Tests.Crash.Load;

/// <summary>
/// One stretch of load: every person writes, one request after the other, until together they have had so many answers.
/// The seed decides what is drawn; which request comes first is up to the machine.
/// </summary>
internal sealed class LoadRun(NetworkModel model, Client client, int answersWanted, int seed)
{
    private int _answers;

    /// <summary>How many requests have been answered.</summary>
    public int Answers => Volatile.Read(ref _answers);

    /// <summary>Runs it to its end.</summary>
    /// <param name="atEnd">Called once, on the thread that got the last answer wanted, while the others' requests are
    /// under way.</param>
    /// <returns>The requests that the server did not answer because it went away.</returns>
    public async Task<IReadOnlyList<Operation>> RunAsync(Action atEnd, CancellationToken ct)
    {
        var writers = Enumerable.Range(0, model.People.Count).Select(
            account => Task.Run(() => WriteAsync(account, atEnd, ct), ct));
        return [.. (await Task.WhenAll(writers)).OfType<Operation>()];
    }

    private async Task<Operation?> WriteAsync(int account, Action atEnd, CancellationToken ct)
    {
        var random = new Random(HashSeed(account));
        for (var number = 0; Answers < answersWanted; number++)
        {
            var operation = Draw(account, number, random);
            model.Begin(operation);
            if (await operation.TrySendAsync(client, model.People, ct) is not { } reply) return operation;
            model.Take(operation, reply);
            if (Interlocked.Increment(ref _answers) == answersWanted) atEnd();
        }
        return null;
    }

    private int HashSeed(int account) => unchecked((seed * 1_000_003) + account);

    private Operation Draw(int account, int number, Random random) => random.Next(100) switch
    {
        < 32 => Post(account, number, random, null),
        < 46 => Post(account, number, random, model.DrawPost(random)),
        < 50 when model.DrawOwn(account, random) is { } again => Again(again),
        < 66 when model.DrawPost(random) is { } post => new Operation(
            model.HasBoosted(account, post.Id) ? OperationKind.Unboost : OperationKind.Boost, account, post.Id),
        < 82 when model.DrawPost(random) is { } post => new Operation(
            model.HasFavourited(account, post.Id) ? OperationKind.Unfavourite : OperationKind.Favourite, account, post.Id),
        < 94 => Follow(account, random),
        _ when model.DrawOwn(account, random) is { } own => new Operation(OperationKind.Delete, account, own.Id),
        _ => Post(account, number, random, null),
    };

    private Operation Post(int account, int number, Random random, ModelPost? answered) =>
        new(OperationKind.Post, account, answered?.Id ?? 0)
        {
            Key = string.Create(CultureInfo.InvariantCulture, $"{seed}-{account}-{number}"),
            Text = string.Create(CultureInfo.InvariantCulture, $"Post {number} of {account} in {seed} ")
                + new string('x', 1 + random.Next(random.Next(1, 400))),
        };

    private static Operation Again(ModelPost post) =>
        new(OperationKind.Post, post.Author, post.InReplyTo) { Key = post.Key, Text = post.Text };

    private Operation Follow(int account, Random random)
    {
        var other = random.Next(model.People.Count - 1);
        if (other >= account) other++;
        // Whoever is followed stays so most of the time, so that timelines are full.
        var isFollowed = model.Follows(account, other);
        return new Operation(
            isFollowed && random.Next(3) == 0 ? OperationKind.Unfollow : OperationKind.Follow, account, 0, other);
    }
}
