using System.Reflection;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Remote;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Xunit;

namespace Roost.Tests.Rpc.Remote;

/// <summary>All functions of all contracts, over a real connection, with random values: what is asked and what is
/// answered arrive as they were. ROOST_SEED repeats a run, ROOST_STEPS says how often each function is called.</summary>
public sealed class EveryFunctionTests(ITestOutputHelper output) : IDisposable
{
    // Functions that are handed in, for their values have no form in a contract.
    private static readonly string[] _given =
        ["PostsApi.Texts", "FiltersApi.Of", "FiltersApi.OfMany", "SearchApi.Query", "SearchApi.Matching"];

    private readonly TestMeters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task Requests_and_replies_arrive_as_they_were()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20260101");
        var steps = int.Parse(Environment.GetEnvironmentVariable("ROOST_STEPS") ?? "10");
        output.WriteLine($"ROOST_SEED={seed} ROOST_STEPS={steps}");
        var values = new RandomValues(seed);
        var functions = Connects().SelectMany(connect => FunctionsOf(connect.ReturnType)).ToDictionary(f => f.Name);
        await using var host = await RemoteHost.StartAsync(services =>
        {
            foreach (var connect in Connects()) Serve(services, connect, functions);
        });
        // Without hedges: one of an earlier call might be what a function heard last.
        using var client = new RemoteClient(
            "all", new BalancerOptions(), new ClientPolicy { TimeoutMax = TimeSpan.FromMinutes(1), HedgeQuantile = 0 },
            _meters, TimeProvider.System, seed: 1);
        client.Update([new InstanceInfo(host.Address, Address: host.Address)]);

        var apis = Connects().ToDictionary(
            connect => connect.ReturnType.Name,
            connect => connect.Invoke(
                null, [client, .. connect.GetParameters().Skip(1).Select(given => Nothing(given.ParameterType))])!);
        // What no value has had yet was never seen to arrive: so long it goes on.
        for (var step = 0; step < steps || (step < steps * 10 && values.Missing.Any()); step++)
        {
            foreach (var function in functions.Values)
                await function.CheckAsync(values, apis[function.Name.Split('.')[0]]);
        }

        Assert.Empty(values.Missing);
    }

    [Fact]
    public void Only_those_functions_stay_in_a_process_whose_values_do() => Assert.Equal(
        _given.Order(),
        from connect in Connects()
        from given in connect.GetParameters().Skip(1)
        where given.ParameterType.Name == "Service`2"
        let name = $"{connect.ReturnType.Name}.{char.ToUpperInvariant(given.Name![0])}{given.Name[1..]}"
        orderby name
        select name);

    [Fact]
    public void Messages_within_messages_without_end_are_refused()
    {
        var writer = new WireWriter();
        var marks = new Stack<int>();
        // A reply's first item, its value, and what that boosts, and what that boosts …
        for (var depth = 0; depth < 10_000; depth++) marks.Push(writer.Begin(depth < 2 ? 1 : 5));
        foreach (var mark in marks) writer.End(mark);
        var bytes = writer.Written.ToArray();
        writer.Dispose();

        var error = Assert.Throws<ServiceException>(() =>
        {
            var reader = new WireReader(bytes);
            TimelinesRemote.TimelinesHydrate.ReplyCodec.Read(ref reader);
        });

        Assert.Equal(ErrorCode.Invalid, error.Code);
    }

    /// <summary>How each service is connected to.</summary>
    private static IEnumerable<MethodInfo> Connects() =>
        from remote in typeof(UsersRemote).Assembly.GetTypes()
        where remote.GetProperty("Contract")?.PropertyType == typeof(Contract)
        from method in remote.GetMethods(BindingFlags.Public | BindingFlags.Static)
        where method.Name.StartsWith("Connect", StringComparison.Ordinal)
            && method.ReturnType.Name.EndsWith("Api", StringComparison.Ordinal)
        orderby method.Name
        select method;

    private static IEnumerable<OneFunction> FunctionsOf(Type api) =>
        from parameter in api.GetConstructors()[0].GetParameters()
        where parameter.ParameterType.Name == "Service`2" && !_given.Contains($"{api.Name}.{parameter.Name}")
        select (OneFunction)Activator.CreateInstance(
            typeof(OneFunction<,>).MakeGenericType(parameter.ParameterType.GenericTypeArguments), api, parameter)!;

    private static void Serve(RemoteServices services, MethodInfo connect, Dictionary<string, OneFunction> functions)
    {
        var api = connect.ReturnType;
        var made = api.GetConstructors()[0].Invoke(
        [
            .. api.GetConstructors()[0].GetParameters().Select(parameter =>
                functions.TryGetValue($"{api.Name}.{parameter.Name}", out var function)
                    ? function.Service
                    : Nothing(parameter.ParameterType)),
        ]);
        connect.DeclaringType!.GetMethod("Serve", [typeof(RemoteServices), api])!.Invoke(null, [services, made]);
    }

    private static object? Nothing(Type type) => type.IsValueType ? Activator.CreateInstance(type) : null;

    private abstract class OneFunction(string name)
    {
        public string Name => name;

        public abstract Delegate Service { get; }

        public abstract Task CheckAsync(RandomValues values, object api);
    }

    private sealed class OneFunction<TRequest, TReply>(Type api, ParameterInfo parameter)
        : OneFunction($"{api.Name}.{parameter.Name}")
        where TRequest : notnull
    {
        private readonly NullabilityInfo _nulls = new NullabilityInfoContext().Create(parameter);
        private TRequest? _heard;
        private TReply? _reply;

        public override Delegate Service => (Service<TRequest, TReply>)Answer;

        public override async Task CheckAsync(RandomValues values, object api)
        {
            var request = (TRequest)values.Of(typeof(TRequest), _nulls.GenericTypeArguments[0])!;
            _reply = (TReply?)values.Of(typeof(TReply), _nulls.GenericTypeArguments[1]);
            var function = (Service<TRequest, TReply>)api.GetType().GetProperty(parameter.Name!)!.GetValue(api)!;

            var reply = await function(request, Call.Until(TestContext.Current.CancellationToken));

            SameValues.AreSame(request, _heard, $"{Name}, request");
            SameValues.AreSame(_reply, reply, $"{Name}, reply");
        }

        private ValueTask<TReply> Answer(TRequest request, Call call)
        {
            _heard = request;
            return new(_reply!);
        }
    }
}
