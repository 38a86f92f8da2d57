using System.CommandLine;
using Roost.Bench.Frame;
using Roost.Rpc;
using Roost.Rpc.Admin;
using Roost.Rpc.Filters;

namespace Roost.Bench.Filters;

/// <summary>
/// What filters cost a call whose service answers at once, which is what most calls within the process do.
/// </summary>
internal static class FiltersBenchmark
{
    public static Command Verb()
    {
        var filters = new Option<int>("--filters")
        {
            Description = "Filters in the counting chain, 1 to 100.",
            DefaultValueFactory = _ => 5,
        };
        filters.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 100) result.AddError("--filters must be from 1 to 100.");
        });
        return Verbs.Create(
            "filters",
            "A call through composed filters, beside inlined code and two usual middleware chains. " +
            "Example: roost-bench filters --filters 10",
            (parsed, settings, cancellation) => RunAsync(parsed.GetValue(filters), settings, cancellation),
            filters);
    }

    private static async Task<Report> RunAsync(int filters, BenchSettings settings, CancellationToken cancellation)
    {
        var report = new Report("Filters around a service that answers at once");
        var calls = settings.Quick ? 10_000 : 2_000_000;
        var chains = new CountingChains(filters);
        var subjects = new (string Name, Service<long, long> Service)[]
        {
            ("composed", chains.Composed()),
            ("inlined by hand", chains.Inlined()),
            ("async method per filter", chains.AsyncMethods()),
            ("closure per filter and call", chains.ClosuresPerCall()),
        };
        foreach (var (name, chain) in subjects)
        {
            var before = chains.Passed;
            await chain(0, Call.Unbounded);
            if (chains.Passed != before + filters)
                throw new InvalidOperationException(
                    $"'{name}' passed {chains.Passed - before} filters, not {filters}.");
        }
        var counting = await Rounds.RunAsync(
            settings,
            [.. subjects.Select(subject => Loop(subject.Name, subject.Service, Call.Unbounded, calls))],
            cancellation);
        report.AddRounds($"{filters} filters that count", "call", counting, reference: counting[3]);
        var standard = await MeasureStackAsync(calls, settings, cancellation);
        report.AddRounds(
            "The standard stack: metrics, deadline, concurrency limit", "call", standard, reference: standard[1]);
        using (new MetricsCollector())
        {
            var collected = await MeasureStackAsync(calls, settings, cancellation);
            report.AddRounds(
                "The same in a process with an admin port: metrics are added up", "call", collected, collected[1]);
        }
        return report;
    }

    private static async Task<Measured[]> MeasureStackAsync(
        int calls, BenchSettings settings, CancellationToken cancellation)
    {
        using var meters = new DiscardingMeters();
        var time = TimeProvider.System;
        var call = new Call(Deadline.After(TimeSpan.FromHours(1), time), cancellation);
        Service<long, long> service = (request, _) => ValueTask.FromResult(request + 1);
        var stack = new ServiceStack(meters, time, new MethodLimits());
        using var inlined = new InlinedStack(meters, time);
        return await Rounds.RunAsync(
            settings,
            [
                Loop("composed", stack.Wrap("bench.add", service), call, calls),
                Loop("inlined by hand", inlined.Wrap("bench.add", service), call, calls),
                Loop("the bare service", service, call, calls),
            ],
            cancellation);
    }

    private static Subject Loop(string name, Service<long, long> service, Call call, int calls) => new(name, async () =>
    {
        var value = 0L;
        for (var i = 0; i < calls; i++) value = await service(value, call);
        if (value != calls) throw new InvalidOperationException($"'{name}' counted {value} of {calls} calls.");
        return calls;
    });
}
