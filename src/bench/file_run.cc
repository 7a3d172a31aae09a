#include "bench/file_run.h"

#include <algorithm>
#include <fmt/core.h>

#include "base/check.h"
#include "bench/units.h"

namespace obrol::bench {
namespace {

constexpr Duration longest_wait = std::chrono::milliseconds(500);

std::string name_of_file(std::size_t user) {
    return "file" + std::to_string(user);
}

}  // namespace

FileRun::FileRun(const FilePlan& plan, FileLobby& lobby, const FileContents& contents, const Clock& clock,
                 const StopSignal& interrupted)
    : plan_(plan),
      lobby_(lobby),
      contents_(contents),
      clock_(clock),
      crowd_(plan.port, *this, *this, clock, interrupted, plan.silence_limit),
      messengers_(plan.clients),
      clients_(plan.clients),
      received_(plan.clients) {}

Result<FileResult> FileRun::run() {
    if (auto in = bring_in(); !in) return Failure<Error>(in.error());
    FileResult result;
    const auto upload = [this](Crowd::Member& member) { crowd_.say(member, name_of_file(member.seat.user)); };
    if (auto measured = measure(result.upload, upload); !measured) return Failure<Error>(measured.error());
    const auto download = [this](Crowd::Member& member) {
        const std::size_t user = member.seat.user;
        messengers_[user]->append_download(name_of_file(sender_to(user)), clients_[user]->words());
        crowd_.mark(member);
    };
    if (auto measured = measure(result.download, download); !measured) return Failure<Error>(measured.error());
    return result;
}

Result<void> FileRun::bring_in() {
    if (auto opened = crowd_.open(plan_.clients); !opened) return opened;
    std::vector<Seat> seats;
    for (std::size_t user = 0; user < plan_.clients; ++user)
        seats.push_back({.user = user,
                         .receives = false,
                         .sends = true,
                         .target = Seat::Target::partner,
                         .partner = (user + 1) % plan_.clients});
    auto members = crowd_.admit_all(seats);
    if (!members) return Failure<Error>(members.error());
    members_ = std::move(*members);
    return crowd_.settle(plan_.settling);
}

Result<std::unique_ptr<Client>> FileRun::connect(std::uint16_t port, std::size_t number, const Seat& seat) {
    auto messenger = lobby_.seat(seat, contents_.of(seat.user));
    messengers_[seat.user] = messenger.get();
    auto client = MessengerClient::begin(port, number, std::move(messenger));
    if (!client) return Failure<Error>(client.error());
    clients_[seat.user] = client->get();
    return client;
}

Result<void> FileRun::measure(Transfer& transfer, const std::function<void(Crowd::Member&)>& begin) {
    const auto meter = UsageMeter::start(plan_.server, clock_);
    if (!meter) return Failure<Error>(meter.error());
    transfer_ = &transfer;
    began_ = meter->began();
    for (Crowd::Member* member : members_)
        begin(*member);
    while (transfer.latency.count() < plan_.clients) {
        if (auto turned = crowd_.turn(longest_wait); !turned) return turned;
    }
    const auto usage = meter->read(clock_);
    if (!usage) return Failure<Error>(usage.error());
    transfer.usage = *usage;
    // What comes too much has time to show up.
    return crowd_.settle(plan_.settling);
}

Result<void> FileRun::on_delivery(Crowd::Member& member, std::string_view bytes) {
    const std::size_t user = member.seat.user, sender = sender_to(user);
    std::size_t& at = received_[user];
    const std::string_view due = contents_.of(sender).substr(at, bytes.size());
    if (bytes != due) {
        const auto wrong = std::ranges::mismatch(bytes, due).in1 - bytes.begin();
        return fail(fmt::format("byte {} of the file that user {} downloaded is not the one that user {} had uploaded",
                                at + static_cast<std::size_t>(wrong), user, sender));
    }
    at += bytes.size();
    return {};
}

void FileRun::on_acknowledgement(Crowd::Member&) {
    OBROL_CHECK(transfer_ && transfer_->latency.count() < plan_.clients);
    transfer_->bytes += contents_.bytes();
    transfer_->latency.record(crowd_.now() - began_);
}

Metrics metrics_of(const Transfer& transfer) {
    const Usage& usage = transfer.usage;
    const double moved = mebibytes(transfer.bytes);
    return {
        {"MiB/s", moved / usage.seconds()},
        {"CPU-s/GiB", usage.server_cpu_seconds * 1024 / moved},
        {"p50 ms", milliseconds(transfer.latency.quantile(0.50))},
        {"p99 ms", milliseconds(transfer.latency.quantile(0.99))},
        {"p99.9 ms", milliseconds(transfer.latency.quantile(0.999))},
        {"RSS MiB", mebibytes(usage.server_rss_bytes)},
        {"peak MiB", mebibytes(usage.server_peak_rss_bytes)},
        {std::string(generator_metric), usage.generator_cpu_seconds / usage.seconds()},
        {std::string(others_metric), usage.other_cpu_seconds / usage.seconds()},
    };
}

}  // namespace obrol::bench
