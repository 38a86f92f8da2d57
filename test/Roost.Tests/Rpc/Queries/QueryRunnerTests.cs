using Roost.Rpc;
using Roost.Rpc.Queries;
using Xunit;

namespace Roost.Tests.Rpc.Queries;

public sealed class QueryRunnerTests
{
    private readonly FakeTime _time = new();
    private readonly CountingSource _double = new("doubles", key => Fetched.Found(key * 2));
    private readonly CountingSource _odd = new(
        "odds", key => key % 2 == 1 ? Fetched.Found(key) : Fetched.Missing<int>());
    private readonly CountingSource _positive = new(
        "positives", key => key > 0 ? Fetched.Found(key) : CountingSource.Failing($"{key} is not positive"));
    private readonly QueryRunner _runner;

    public QueryRunnerTests() => _runner = new QueryRunner(_time);

    [Fact]
    public async Task Steps_that_need_each_other_take_a_round_each()
    {
        var query =
            from two in _double.Get(1)
            from four in _double.Get(two)
            select two + four;

        Assert.Equal(6, await RunAsync(query));
        Assert.Equal([[1], [2]], _double.Batches);
    }

    [Fact]
    public async Task Independent_branches_share_a_batch_and_each_key_is_asked_for_once()
    {
        var query = Query.All(Keys(3, 1, 3, 2).Select(key =>
            from doubled in _double.Get(key)
            from again in _double.Get(doubled)
            select again));

        var values = await RunAsync(query);

        Assert.Equal([12, 4, 12, 8], values);
        // 2 was asked for in round one, so round two does not ask again.
        Assert.Equal([[3, 1, 2], [6, 4]], _double.Batches);
    }

    [Fact]
    public async Task Sources_are_asked_at_the_same_time()
    {
        var bothAsked = new TaskCompletionSource();
        var asked = 0;
        var first = Source.Of<int, int>("first", MeetAsync);
        var second = Source.Of<int, int>("second", MeetAsync);

        var sum = await RunAsync(first.Get(1).Zip(second.Get(2), (a, b) => a + b));

        Assert.Equal(3, sum);

        async ValueTask<Fetched<int>[]> MeetAsync(IReadOnlyList<int> keys, Call call)
        {
            if (Interlocked.Increment(ref asked) == 2) bothAsked.SetResult();
            await bothAsked.Task.WaitAsync(call.Cancellation);
            return [.. keys.Select(Fetched.Found)];
        }
    }

    [Fact]
    public async Task Many_keys_are_fetched_as_one_batch_without_repeats()
    {
        var fetched = await RunAsync(_odd.Source.GetMany([5, 4, 5, 7]));

        Assert.Equal([5, null, 5, 7], fetched.Select(one => one.IsFound ? one.Value : (int?)null));
        Assert.True(fetched[1].IsMissing);
        Assert.Equal([[5, 4, 7]], _odd.Batches);
    }

    [Fact]
    public async Task Lists_that_share_keys_make_one_batch_and_each_gets_its_own_answers()
    {
        int[] list = [1, 2, 3];
        var query =
            from lists in Query.Both(_odd.Source.GetMany(list), _odd.Source.GetMany([3, 5, 3]))
            from listsAgain in Query.Both(_odd.Source.GetMany([7, 2]), _odd.Source.GetMany(list))
            select (lists, listsAgain);

        var (first, again) = await RunAsync(query);

        Assert.Equal([1, null, 3], Found(first.First));
        Assert.Equal([3, 5, 3], Found(first.Second));
        Assert.Equal([7, null], Found(again.First));
        Assert.Equal([1, null, 3], Found(again.Second));
        Assert.Equal([[1, 2, 3, 5], [7]], _odd.Batches);
    }

    [Fact]
    public async Task A_batch_of_its_own_is_asked_for_as_it_is_and_once()
    {
        int[] list = [1, 2, 1];
        var query =
            from one in _odd.Source.Find(7)
            from lists in Query.Both(_odd.Source.GetBatch(list), _odd.Source.GetBatch([7, 9]), _odd.Source.Get(7))
            from again in Query.Both(_odd.Source.GetMany([9, 7, 1]), _odd.Source.GetBatch(list))
            select (lists, again);

        var (first, later) = await RunAsync(query);

        Assert.Equal([1, null, 1], Found(first.First));
        Assert.Equal([7, 9], Found(first.Second));
        Assert.Equal([9, 7, 1], Found(later.First));
        Assert.Equal([1, null, 1], Found(later.Second));
        Assert.Equal([[7], [1, 2, 1], [7, 9], [9, 1]], _odd.Batches);
        Assert.Equal(0, (await RunAsync(_odd.Source.GetBatch([]))).Count);
    }

    [Fact]
    public async Task A_batch_of_its_own_is_cut_where_the_source_takes_less_and_fails_key_by_key()
    {
        var source = Source.OfNullable<int, string>(
            "words",
            async (keys, _) =>
            {
                await Task.Yield();
                if (keys.Contains(13)) throw new ServiceException(ErrorCode.Unavailable, "13");
                return [.. keys.Select(key => key % 2 == 0 ? null : $"{key}")];
            },
            new SourceLimits { KeysPerBatchMax = 5, BatchesAtOnceMax = 2 });

        var answers = await RunAsync(source.GetBatch([.. Enumerable.Range(0, 23)]));

        Assert.Equal(23, answers.Count);
        for (var i = 0; i < 23; i++)
        {
            Assert.Equal(i is >= 10 and < 15 ? "13" : null, answers[i].Error?.Message);
            if (i is < 10 or >= 15) Assert.Equal(i % 2 == 0 ? null : $"{i}", answers[i].ValueOr(null));
        }
    }

    [Fact]
    public async Task A_run_knows_nothing_of_the_runs_before_it()
    {
        int[] list = [3, -1];
        var query = _positive.Source.GetMany(list);
        await Assert.ThrowsAsync<ServiceException>(
            () => RunAsync(Query.Both(_positive.Get(-1), query)));

        var first = await RunAsync(query);
        var second = await RunAsync(query);

        Assert.Equal([3, null], Found(first));
        Assert.Equal([3, null], Found(second));
        Assert.Equal([[-1, 3], [3, -1], [3, -1]], _positive.Batches);
    }

    [Fact]
    public async Task No_keys_are_no_batch()
    {
        Assert.Empty(await RunAsync(_odd.Source.GetMany([])));
        Assert.Empty(await RunAsync(Query.All<int>([])));
        Assert.Empty(_odd.Batches);
    }

    [Fact]
    public async Task Four_branches_of_different_types_run_side_by_side()
    {
        var names = Source.OfEvery<int, string>(
            "names", (keys, _) => ValueTask.FromResult(keys.Select(key => $"n{key}").ToArray()));

        var (doubled, name, odd, constant) = await RunAsync(
            Query.Both(_double.Get(4), names.Get(4), _odd.Source.Find(4), Query.Return(DayOfWeek.Friday)));

        Assert.Equal((8, "n4", true, DayOfWeek.Friday), (doubled, name, odd.IsMissing, constant));
    }

    [Fact]
    public async Task More_keys_than_a_batch_may_have_make_more_batches_few_at_once()
    {
        var atOnce = 0;
        var atOnceMost = 0;
        var sizes = new List<int>();
        var source = Source.Of<int, int>(
            "limited",
            async (keys, _) =>
            {
                lock (sizes)
                {
                    sizes.Add(keys.Count);
                    atOnceMost = Math.Max(atOnceMost, ++atOnce);
                }
                await Task.Yield();
                lock (sizes) atOnce--;
                return [.. keys.Select(Fetched.Found)];
            },
            new SourceLimits { KeysPerBatchMax = 10, BatchesAtOnceMax = 2 });

        var fetched = await RunAsync(source.GetMany([.. Enumerable.Range(0, 95)]));

        Assert.Equal(Enumerable.Range(0, 95), fetched.Select(one => one.Value));
        Assert.Equal([5, .. Enumerable.Repeat(10, 9)], sizes.Order());
        Assert.InRange(atOnceMost, 1, 2);
    }

    [Fact]
    public async Task One_failing_key_fails_its_own_branch_only()
    {
        var outcomes = await RunAsync(Query.All(Keys(1, -1, 2).Select(key => _positive.Get(key).Try())));

        Assert.Equal([1, null, 2], outcomes.Select(one => one.IsFound ? one.Value : (int?)null));
        Assert.Equal("-1 is not positive", outcomes[1].Error?.Message);
        Assert.Equal([[1, -1, 2]], _positive.Batches);
    }

    [Fact]
    public async Task Of_several_errors_the_first_in_order_is_reported_however_late_it_comes()
    {
        var late =
            from one in _positive.Get(1)
            from two in _positive.Get(-one)
            select two;

        var error = await Assert.ThrowsAsync<ServiceException>(
            () => RunAsync(Query.All([_positive.Get(7), late, _positive.Get(-9)])));

        Assert.Equal("-1 is not positive", error.Message);
    }

    [Fact]
    public async Task A_missing_key_fails_who_must_have_it_and_not_who_asks_whether_it_is_there()
    {
        var error = await Assert.ThrowsAsync<ServiceException>(() => RunAsync(_odd.Get(2)));

        Assert.Equal(ErrorCode.NotFound, error.Code);
        Assert.Equal("odds has nothing for key 2", error.Detail);
        Assert.True((await RunAsync(_odd.Source.Find(2))).IsMissing);
    }

    [Fact]
    public async Task A_failed_query_can_be_recovered_from_with_another()
    {
        var query = _positive.Get(-5).Select(value => value + 1).Recover(_ => _double.Get(5));

        Assert.Equal(10, await RunAsync(query));
    }

    [Fact]
    public async Task A_batch_that_throws_fails_all_its_keys_and_no_other()
    {
        var broken = Source.Of<int, int>("broken", (_, _) => throw new ServiceException(ErrorCode.Unavailable, "gone"));

        var (failed, fine) = await RunAsync(Query.Both(broken.GetMany([1, 2]), _double.Source.GetMany([1])));

        Assert.Equal(["gone", "gone"], failed.Select(one => one.Error?.Message));
        Assert.Equal(2, fine[0].Value);
    }

    [Fact]
    public async Task A_source_that_answers_too_few_is_an_error_of_ours()
    {
        var lazy = Source.OfEvery<int, int>("lazy", (_, _) => ValueTask.FromResult(new int[1]));

        var error = await Assert.ThrowsAsync<ServiceException>(
            () => RunAsync(lazy.Get(1).Zip(lazy.Get(2), (a, b) => a + b)));

        Assert.Equal(ErrorCode.Internal, error.Code);
        Assert.Contains("source lazy answered 1 values for 2 keys", error.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bug_in_a_selector_reaches_the_caller_past_every_try()
    {
        var inSelect = _double.Get(1).Select<int>(_ => throw new InvalidCastException("bug")).Try();
        var inBind = _double.Get(1).SelectMany<int>(_ => throw new InvalidCastException("bug")).Try();

        await Assert.ThrowsAsync<InvalidCastException>(() => RunAsync(inSelect));
        await Assert.ThrowsAsync<InvalidCastException>(() => RunAsync(inBind));
    }

    [Fact]
    public async Task A_service_exception_of_a_selector_fails_its_branch()
    {
        var refused = _double.Get(1).SelectMany<int>(_ => throw new ServiceException(ErrorCode.Forbidden, "not you"));

        var outcome = await RunAsync(refused.Try());

        Assert.Equal("not you", outcome.Error?.Message);
    }

    [Fact]
    public async Task A_step_that_returns_no_query_is_said_so()
    {
        var direct = _double.Get(1).SelectMany<int>(_ => null!);
        var inSyntax = _double.Get(1).SelectMany<int, int>(_ => null!, (a, b) => a + b);

        foreach (var query in new[] { direct, inSyntax })
        {
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(query));
            Assert.Contains("returned null instead of a query", error.Message, StringComparison.Ordinal);
        }
        Assert.Throws<ArgumentException>(() => Query.All([direct, null!]));
    }

    [Fact]
    public async Task Nothing_is_fetched_for_a_caller_that_has_gone()
    {
        using var caller = new CancellationTokenSource();
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RunAsync(_double.Get(1), Call.Until(caller.Token)));

        Assert.Empty(_double.Batches);
    }

    [Fact]
    public async Task A_caller_who_goes_during_a_round_ends_the_run_even_past_a_try()
    {
        using var caller = new CancellationTokenSource();
        var source = Source.Of<int, int>("leaving", async (keys, call) =>
        {
            await caller.CancelAsync();
            call.Cancellation.ThrowIfCancellationRequested();
            return [.. keys.Select(Fetched.Found)];
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RunAsync(source.Get(1).Try(), Call.Until(caller.Token)));
    }

    [Fact]
    public async Task No_round_begins_after_the_deadline_and_sources_see_the_deadline()
    {
        var deadline = Deadline.After(TimeSpan.FromMilliseconds(10), _time);
        var seen = new List<Deadline>();
        var slow = Source.Of<int, int>("slow", (keys, call) =>
        {
            seen.Add(call.Deadline);
            _time.Advance(TimeSpan.FromMilliseconds(10));
            return ValueTask.FromResult(keys.Select(Fetched.Found).ToArray());
        });
        var call = new Call(deadline, TestContext.Current.CancellationToken);

        var twoRounds = await Assert.ThrowsAsync<ServiceException>(
            () => RunAsync(slow.Get(1).SelectMany(one => slow.Get(one + 1)), call));

        Assert.Equal(ErrorCode.DeadlineExceeded, twoRounds.Code);
        Assert.Contains("round 2 was not begun; sources asked: slow", twoRounds.Detail, StringComparison.Ordinal);
        Assert.Equal([deadline], seen);
    }

    [Fact]
    public async Task A_hundred_thousand_steps_in_a_row_do_not_exhaust_the_stack()
    {
        const int steps = 100_000;
        var leftNested = Query.Return(0);
        for (var i = 0; i < steps; i++) leftNested = leftNested.SelectMany(value => Query.Return(value + 1));

        Assert.Equal(steps, await RunAsync(leftNested));
        Assert.Equal(steps, await RunAsync(CountTo(steps, Query.Return)));
        Assert.Equal(steps, await RunAsync(CountTo(steps, _positive.Source.Get)));
        Assert.Equal(steps, _positive.Batches.Count);
        Assert.Contains("0 is not", (await Assert.ThrowsAsync<ServiceException>(
            () => RunAsync(FailAfter(steps)))).Message, StringComparison.Ordinal);

        static Query<int> CountTo(int end, Func<int, Query<int>> fetch, int from = 1) =>
            from value in fetch(@from)
            from last in value == end ? Query.Return(end) : CountTo(end, fetch, value + 1)
            select last;

        Query<int> FailAfter(int left) =>
            from _ in Query.Return(0)
            from value in left == 0 ? _positive.Get(0) : FailAfter(left - 1)
            select value;
    }

    [Fact]
    public async Task A_hundred_thousand_branches_side_by_side_are_one_batch()
    {
        const int branches = 100_000;
        var wide = new CountingSource(
            "wide", key => Fetched.Found(key), new SourceLimits { KeysPerBatchMax = branches });

        var values = await RunAsync(Query.All(Enumerable.Range(0, branches).Select(wide.Get)));

        Assert.Equal(Enumerable.Range(0, branches), values);
        Assert.Single(wide.Batches);
    }

    [Fact]
    public async Task A_hundred_thousand_forks_within_each_other_do_not_exhaust_the_stack()
    {
        var nested = Query.Return(0);
        for (var i = 0; i < 100_000; i++) nested = nested.Zip(Query.Return(1), (a, b) => a + b);

        Assert.Equal(100_000, await RunAsync(nested));
    }

    [Fact]
    public async Task A_query_can_be_run_many_times_at_once()
    {
        var source = new CountingSource("shared", key => Fetched.Found(key + 1)) { AnswersLater = true };
        var query = Query.All(Enumerable.Range(0, 20).Select(key => source.Get(key).SelectMany(source.Get)));

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => RunAsync(query))));

        Assert.All(results, result => Assert.Equal(Enumerable.Range(2, 20), result));
    }

    [Fact]
    public async Task A_run_that_ended_in_a_bug_leaves_nothing_behind_for_the_next()
    {
        var failing = Query.Return(0).Select<int>(_ => throw new InvalidCastException());
        var bug = _double.Get(1).Zip(failing, (a, b) => a + b);
        await Assert.ThrowsAsync<InvalidCastException>(() => RunAsync(bug));

        Assert.Equal(4, await RunAsync(_double.Get(2)));

        Assert.Equal([[2]], _double.Batches);
    }

    private static IEnumerable<int?> Found(Answers<int> answers) =>
        Found([.. Enumerable.Range(0, answers.Count).Select(i => answers[i])]);

    private static IEnumerable<int?> Found(Fetched<int>[] fetched) =>
        fetched.Select(one => one.IsFound ? one.Value : (int?)null);

    private static int[] Keys(params int[] keys) => keys;

    private Task<T> RunAsync<T>(Query<T> query) => RunAsync(query, Call.Until(TestContext.Current.CancellationToken));

    private async Task<T> RunAsync<T>(Query<T> query, Call call) => await _runner.RunAsync(query, call);
}
