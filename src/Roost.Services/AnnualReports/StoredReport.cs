using System.Text.Json;
using System.Text.Json.Serialization;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.AnnualReports;

/// <summary>A report as it is stored. Members are added, never renamed.</summary>
internal sealed record StoredReport(
    Archetype Archetype, IReadOnlyList<MonthFigures> Months, IReadOnlyList<TagFigure> Tags, long Boosted,
    long Favourited, long Answered)
{
    public static string Write(AnnualReport report) => JsonSerializer.Serialize(
        new StoredReport(
            report.Archetype, report.Months, report.Tags, report.Top.Boosted.Value, report.Top.Favourited.Value,
            report.Top.Answered.Value), ReportJson.Default.StoredReport);

    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/>: it is no report.</exception>
    public static AnnualReport Read(AccountId account, int year, string json)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, ReportJson.Default.StoredReport) is { Months.Count: 12 } stored)
            {
                return new AnnualReport(
                    account, year, stored.Archetype, stored.Months, stored.Tags,
                    new TopPosts(new(stored.Boosted), new(stored.Favourited), new(stored.Answered)));
            }
        }
        catch (JsonException)
        {
            // Said below.
        }
        throw new ServiceException(
            ErrorCode.DataDamaged, "An annual report cannot be read.",
            $"{AnnualReportsService.Name}.db: the report of account {account} for {year} cannot be read.");
    }
}

[JsonSerializable(typeof(StoredReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
